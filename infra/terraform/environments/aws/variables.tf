variable "region" {
  description = "Region of the bucket"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region needs the name of an AWS region, such as eu-central-1."
  }
}

variable "name" {
  description = "First part of every role's name"
  type        = string
  default     = "sparkwright"
  nullable    = false
}

variable "bucket_name" {
  description = "Name of the lake bucket; unique in all of AWS"
  type        = string
  nullable    = false
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
  description = "Days for which an overwritten or deleted object can still be brought back"
  type        = number
  default     = 30
  nullable    = false
}

variable "quarantine_days" {
  description = "Days for which a quarantined log is kept"
  type        = number
  default     = 90
  nullable    = false
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete a bucket that still holds objects, all of history with it"
  type        = bool
  default     = false
  nullable    = false
}

variable "event_log_locations" {
  description = "Folders the harvester reads event logs from, as s3://bucket/folder"
  type        = list(string)
  nullable    = false
}

variable "event_log_kms_key_arns" {
  description = "ARNs of the KMS keys that event logs are encrypted with, if any"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "principals" {
  description = "Who may take each role: EC2 instances, Kubernetes service accounts (namespace:name, through oidc_provider_arn), other IAM roles"
  type = object({
    harvester = object({
      ec2              = optional(bool, false)
      service_accounts = optional(list(string), [])
      role_arns        = optional(list(string), [])
    })
    trainer = object({
      ec2              = optional(bool, false)
      service_accounts = optional(list(string), [])
      role_arns        = optional(list(string), [])
    })
    service = object({
      ec2              = optional(bool, false)
      service_accounts = optional(list(string), [])
      role_arns        = optional(list(string), [])
    })
  })
  nullable = false
}

variable "oidc_provider_arn" {
  description = "ARN of the IAM OpenID Connect provider of the EKS cluster whose service accounts take the roles; null without EKS"
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary that every role gets, where the account asks for one"
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside Project and ManagedBy"
  type        = map(string)
  default     = {}
  nullable    = false
}
