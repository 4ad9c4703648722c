"""The smallest model from code: it answers with the word in its folder."""

MODEL_CODE = """
from pathlib import Path
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

class Greeter(PythonModel):
    def load_context(self, context):
        self.word = (Path(context.artifacts["model_folder"]) / "word.txt").read_text()

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        return pd.DataFrame({"word": [self.word] * len(model_input)})

set_model(Greeter())
"""
