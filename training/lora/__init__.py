"""The troubleshooter: corpus, starter base model, LoRA fine-tuning."""
