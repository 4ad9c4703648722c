"""SparkApplication manifests with advice: as YAML that stays as it was, as JSON, as patches."""
