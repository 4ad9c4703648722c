"""Configuration of `sparkwright finetune`: the schema of ``training/configs/lora.yaml``."""

from pydantic import Field, PositiveFloat, PositiveInt

from sparkwright.config import Config

STARTER = "starter"


class StarterConfig(Config):
    """Recipe of the starter base, a small model of Qwen2 architecture; its hash is the cache key.

    Attributes:
        vocab_size: Tokens of its own byte-level BPE tokenizer.
        hidden_size: Width; a multiple of ``attention_heads``.
        intermediate_size: Width of the feed-forward layers.
        layers: Number of layers.
        attention_heads: Heads; each has its own keys and values.
        context_length: Maximum sequence length, in tokens.
        readings: Number of questions it reads, each once.
        read_tokens: Maximum length of a question, in tokens.
        batch_size: Questions per step.
        learning_rate: Peak of a warm-up and cosine schedule.
    """

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    layers: PositiveInt
    attention_heads: PositiveInt
    context_length: PositiveInt
    readings: PositiveInt
    read_tokens: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat


class PairsConfig(Config):
    """Training and evaluation pairs.

    Attributes:
        variants_per_scenario: Training pairs from one scenario, each with other values and noise.
        variants_per_condition: Training pairs from one error condition of Spark.
        held_out_variants: Validation or test cases from one held-out scenario.
        noise_share: Share of pairs with facts of healthy applications mixed in.
        dropped_share: Average share of words dropped from the facts of training pairs.
        varied_share: Share of training pairs with another vendor's versions, paths and log format.
        prompt_chars: Maximum characters of the facts in a prompt.
        prompt_tokens: Maximum tokens of a whole prompt.
    """

    variants_per_scenario: PositiveInt
    variants_per_condition: int = Field(ge=0)
    held_out_variants: PositiveInt
    noise_share: float = Field(ge=0, le=1)
    dropped_share: float = Field(ge=0, le=0.5)
    varied_share: float = Field(ge=0, le=1)
    prompt_chars: PositiveInt
    prompt_tokens: PositiveInt


class LoraConfig(Config):
    """The adapter and how it is trained.

    Attributes:
        r: Rank of the update of each weight matrix.
        lora_alpha: Scale of the update, divided by ``r``.
        lora_dropout: Dropout on the adapter's input.
        target_modules: Names of the linear layers that get an adapter.
        train_tokens: Tokens read in all, the common beginning of a batch counted once: the cost of a training.
        batch_size: Pairs per step; the more, the less often their common beginning is read.
        learning_rate: Peak of a warm-up and cosine schedule.
        checkpoint_steps: A training that was stopped resumes from the last multiple of this.
    """

    r: PositiveInt
    lora_alpha: PositiveInt
    lora_dropout: float = Field(ge=0, lt=1)
    target_modules: tuple[str, ...] = Field(min_length=1)
    train_tokens: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    checkpoint_steps: PositiveInt


class FinetuneConfig(Config):
    """Everything `sparkwright finetune` reads.

    Attributes:
        base_model: `smollm2-135m-instruct` (from a package, converted into the home when first needed), a Hugging Face
            id or path of a causal chat model, or `starter` (for tests: learns in seconds).
        seed: Seed of weights, pairs and order.
        starter: The starter's recipe, unused with another base.
        pairs: The data.
        lora: The adapter.
        answer_limit_s: Time limit for one answer while scoring.
    """

    base_model: str = Field(min_length=1)
    seed: int
    starter: StarterConfig
    pairs: PairsConfig
    lora: LoraConfig
    answer_limit_s: PositiveFloat
