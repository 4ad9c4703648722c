from training.lora import corpus


def test_pyspark_brings_error_conditions_properties_and_docstrings() -> None:
    folder = corpus.pyspark_folder()
    conditions = {condition.name: condition for condition in corpus.error_conditions(folder)}
    assert len(conditions) > 1500
    assert conditions["PATH_NOT_FOUND"].sql_state == "42K03"
    assert "Could not read footer" in conditions["FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER"].message
    properties = dict(corpus.configuration_docs(folder))
    assert len(properties) > 700
    assert "broadcast" in properties["spark.sql.autoBroadcastJoinThreshold"]
    assert any(name == "mapInPandas" and "iterator" in text.lower() for name, text in corpus.docstrings(folder))
