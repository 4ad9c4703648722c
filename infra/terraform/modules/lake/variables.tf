variable "bucket_name" {
  description = "Name of the bucket; unique in all of AWS. No dots: they break TLS for virtual-hosted addresses"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name needs 3 to 63 lowercase letters, digits and hyphens, with a letter or digit at both ends."
  }
}

variable "kms_key_arn" {
  description = "ARN of an existing KMS key in the bucket's region to encrypt with (SSE-KMS); null means AES256 with a key of S3's own (SSE-S3)"
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn needs the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias may come to mean another key later."
  }
}

variable "noncurrent_version_days" {
  description = "Days during which an overwritten or deleted object can be restored"
  type        = number
  nullable    = false

  validation {
    condition     = var.noncurrent_version_days >= 7 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days needs a whole number of at least 7: a wrong VACUUM is seldom noticed the same day."
  }
}
