variable "name" {
  description = "First part of every role's name: NAME-harvester, NAME-trainer, NAME-service"
  type        = string
  nullable    = false

  validation {
    # IAM allows 64 characters; "-harvester" takes 10.
    condition     = can(regex("^[A-Za-z0-9_.-]{1,54}$", var.name))
    error_message = "name needs 1 to 54 letters, digits and _ . - characters."
  }
}

variable "bucket_arn" {
  description = "ARN of the lake bucket"
  type        = string
  nullable    = false
}

variable "prefixes" {
  description = "Folders of the lake bucket, each ending with a slash"
  type        = object({ lake = string, mlflow = string })
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key the bucket is encrypted with; null where S3 uses a key of its own"
  type        = string
  default     = null
}

variable "event_log_locations" {
  description = "Folders the harvester reads event logs from, as s3://bucket/folder (s3a:// is understood too); they may lie in other buckets"
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.event_log_locations) > 0
    error_message = "event_log_locations needs at least one folder: a harvester without event logs has nothing to do."
  }

  validation {
    condition     = alltrue([for location in var.event_log_locations : can(regex("^s3a?://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^/*?$][^*?$]*$", location))])
    error_message = "Every one of event_log_locations needs the form s3://bucket/folder without * ? or $: a whole bucket, or a pattern, would give the harvester more than event logs."
  }
}

variable "principals" {
  description = "Who may assume each of the roles harvester, trainer and service: ARNs of other roles, or AWS services (ec2.amazonaws.com, ecs-tasks.amazonaws.com, pods.eks.amazonaws.com)"
  type        = map(set(string))
  nullable    = false

  validation {
    condition     = toset(keys(var.principals)) == toset(["harvester", "trainer", "service"])
    error_message = "principals needs the roles harvester, trainer and service, and no others."
  }

  validation {
    condition     = alltrue([for who in values(var.principals) : length(who) > 0])
    error_message = "Each role in principals needs somebody who may take it."
  }

  validation {
    condition     = alltrue([for name in flatten([for who in values(var.principals) : tolist(who)]) : can(regex("^(arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+|[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?)$", name))])
    error_message = "Every entry of principals needs the ARN of one role (arn:aws:iam::ACCOUNT:role/NAME) or the name of an AWS service (ec2.amazonaws.com), without patterns."
  }
}
