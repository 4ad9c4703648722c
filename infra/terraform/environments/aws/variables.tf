variable "region" {
  description = "Region of the bucket, such as eu-central-1"
  type        = string
  nullable    = false
}

variable "name" {
  description = "First part of every role's name"
  type        = string
  default     = "sparkwright"
}

variable "bucket_name" {
  description = "Name of the lake bucket; unique in all of AWS"
  type        = string
}

variable "kms_key_arn" {
  description = "ARN of an existing KMS key to encrypt the lake with; null means AES256 with a key of S3's own"
  type        = string
  default     = null

  validation {
    # try: the lake module says what is wrong with an ARN that has no fourth part.
    condition     = var.kms_key_arn == null || try(split(":", var.kms_key_arn)[3] == var.region, true)
    error_message = "kms_key_arn needs a key in the bucket's region: S3 cannot use one of another region."
  }
}

variable "noncurrent_version_days" {
  description = "Days during which an overwritten or deleted object can be restored"
  type        = number
  default     = 30
}

variable "event_log_locations" {
  description = "Folders the harvester reads event logs from, as [\"s3://bucket/folder\"]"
  type        = list(string)
}

variable "principals" {
  description = "Who may assume each role, as { harvester = [\"arn:aws:iam::ACCOUNT:role/airflow\"], trainer = [\"ec2.amazonaws.com\"], service = [\"pods.eks.amazonaws.com\"] }"
  type        = map(set(string))
}
