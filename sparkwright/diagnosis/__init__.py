"""Why an application failed: evidence, taxonomy, rules, prompt, engine protocol."""
