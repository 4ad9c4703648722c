from sparkwright.spark.properties_file import read_properties


def test_a_file_is_read_as_java_reads_it(tmp_path):
    file = tmp_path / "spark-defaults.conf"
    file.write_text(
        "# a comment\n"
        "  ! another\n"
        "\n"
        "spark.executor.memory  2g   \n"
        "spark.executor.cores=4\n"
        "spark.app.name: my job\n"
        "spark.driver.extraJavaOptions -Da=b \\\n"
        "      -Dc=d\n"
        "spark.path c:\\\\temp\n"
        "spark.letter \\u0041\n"
        "spark.key\\=odd = v\n"
        "spark.empty\n"
        "other.property 1\n"
        "spark.executor.cores = 5\n"
    )
    assert read_properties(file) == {
        "spark.executor.memory": "2g",
        "spark.executor.cores": "5",
        "spark.app.name": "my job",
        "spark.driver.extraJavaOptions": "-Da=b -Dc=d",
        "spark.path": "c:\\temp",
        "spark.letter": "A",
        "spark.key=odd": "v",
        "spark.empty": "",
    }
