"""The forecaster as an MLflow model (models from code): MLflow runs this file when it loads a version.

Input: rows of ``runs`` as a table, with the columns the forecaster reads. Rows that have ended are history; a row
without ``ended_at`` is a candidate: its ``started_at`` is the moment of the decision, its allocation the one to
forecast, its ``input_bytes`` the size it will read, if known.
Output: one row per candidate, in order: quantiles of each requirement and P(out of memory).
"""

import mlflow
import pandas as pd
import pyarrow as pa
from mlflow.pyfunc import PythonModel, PythonModelContext

from data_contracts.arrow import schema
from data_contracts.tables import Run
from sparkwright.features.columns import COLUMNS, DECISION_COLUMNS, REQUIREMENTS
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.spark.allocation import Allocation


class ForecasterModel(PythonModel):  # type: ignore[misc]  # mlflow is not type-checked
    """Answers through :class:`~sparkwright.forecast.forecaster.Forecaster`, as the service does."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the forecaster's folder from the model's artefacts."""
        from pathlib import Path

        self._forecaster = Forecaster.load(Path(context.artifacts["model_folder"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, object] | None = None
    ) -> pd.DataFrame:
        """Forecast the rows without an end from the rows that had ended when they started."""
        del context, params
        wanted = pa.schema([schema(Run).field(name).with_nullable(True) for name in COLUMNS])
        index = HistoryIndex(pa.Table.from_pandas(model_input[list(COLUMNS)], schema=wanted, preserve_index=False))
        answers = []
        for row in model_input[model_input["ended_at"].isna()].to_dict("records"):
            at = pd.Timestamp(row["started_at"]).to_pydatetime()
            told = None if pd.isna(row["input_bytes"]) else int(row["input_bytes"])
            history = index.history(row["workload_id"], at, self._forecaster.context_length, input_bytes=told)
            candidate = Allocation(**{name: row[name] for name in DECISION_COLUMNS})
            forecasts = self._forecaster.forecast(history, [candidate])
            answer = {
                f"{name}_p{level * 100:g}": value
                for name, values in zip(REQUIREMENTS, forecasts.quantiles[0, 0].tolist(), strict=True)
                for level, value in zip(self._forecaster.quantiles, values, strict=True)
            }
            answers.append({**answer, "oom_probability": float(forecasts.oom_probability[0, 0])})
        return pd.DataFrame(answers)


mlflow.models.set_model(ForecasterModel())
