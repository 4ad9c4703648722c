"""Fine-tune the troubleshooter with LoRA and promote it if it is better than the champion.

`finetune` trains an adapter for the base model that its configuration names, registers it and proposes a release with
it; `evaluate` scores that release beside the champion; `promote` moves the alias only if the scores say so (otherwise
it is skipped with exit 3).
"""

from datetime import datetime

from airflow.sdk import Param, dag
from dag_defaults import DEFAULT_ARGS, RELEASES, RETRAIN, command


@dag(
    dag_id="finetune_troubleshooter",
    schedule=[RETRAIN],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["sparkwright"],
    params={
        "config": Param(
            "training/configs/lora.yaml",
            type="string",
            description="Configuration file.",
        ),
        "set": Param("", type="string", description="One override, such as lora.train_tokens=20000; empty for none."),
    },
)
def finetune_troubleshooter() -> None:
    """Fine-tune, evaluate, promote."""
    finetune = command(
        "finetune",
        'finetune --config "$CONFIG" ${OVERRIDE:+--set "$OVERRIDE"}',
        env={"CONFIG": "{{ params.config }}", "OVERRIDE": "{{ params.set }}"},
        doc_md="Train with peft on the evidence in the lake and Spark's own error texts.",
    )
    release = {"RELEASE": "{{ ti.xcom_pull(task_ids='finetune') }}"}
    evaluate = command("evaluate", 'evaluate --release "$RELEASE"', env=release, doc_md="Score against the champion.")
    promote = command(
        "promote", 'promote --release "$RELEASE"', env=release, outlets=[RELEASES], doc_md="Move the alias if better."
    )
    finetune >> evaluate >> promote


finetune_troubleshooter()
