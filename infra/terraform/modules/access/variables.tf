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
  description = "Top-level folders of the lake bucket, each ending with a slash"
  type = object({
    lake       = string
    mlflow     = string
    quarantine = string
  })
  nullable = false

  validation {
    condition     = alltrue([for prefix in values(var.prefixes) : can(regex("^[a-z0-9/_-]+/$", prefix))])
    error_message = "Every prefix needs lowercase letters, digits, _ - or / and a slash at its end: without it lake* also matches lake-of-others/."
  }
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
    error_message = "Every event log location needs the form s3://bucket/folder without * ? or $: a whole bucket, or a pattern, would give the harvester more than event logs."
  }
}

variable "event_log_kms_key_arns" {
  description = "ARNs of the KMS keys that event logs are encrypted with, if any"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.event_log_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "Every entry of event_log_kms_key_arns needs the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID)."
  }
}

variable "harvest_tables" {
  description = "Delta tables that the harvester writes: what it harvests, and the outcomes it joins"
  type        = list(string)
  default     = ["applications", "stages", "executors", "runs", "evidence", "sources", "quarantine", "outcomes"]
  nullable    = false

  validation {
    condition     = length(var.harvest_tables) > 0 && alltrue([for table in var.harvest_tables : can(regex("^[a-z][a-z0-9_]*$", table))])
    error_message = "harvest_tables needs at least one table name of lowercase letters, digits and underscores."
  }

  validation {
    condition     = !contains(var.harvest_tables, var.decisions_table)
    error_message = "harvest_tables may not hold the decisions table: only the service writes decisions."
  }
}

variable "decisions_table" {
  description = "Delta table that the service writes"
  type        = string
  default     = "decisions"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.decisions_table))
    error_message = "decisions_table needs a table name of lowercase letters, digits and underscores."
  }
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

  validation {
    condition     = alltrue([for who in values(var.principals) : who.ec2 || length(who.service_accounts) + length(who.role_arns) > 0])
    error_message = "Each of principals.harvester, .trainer and .service needs somebody who may take the role: ec2 = true, service_accounts or role_arns."
  }

  validation {
    condition     = alltrue(flatten([for who in values(var.principals) : [for account in who.service_accounts : can(regex("^[a-z0-9-]+:[a-z0-9.-]+$", account))]]))
    error_message = "Every service account needs the form namespace:name, without patterns."
  }

  validation {
    condition     = alltrue(flatten([for who in values(var.principals) : [for arn in who.role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))]]))
    error_message = "Every entry of role_arns needs the ARN of one role (arn:aws:iam::ACCOUNT:role/NAME), without patterns."
  }

  validation {
    condition     = var.oidc_provider_arn != null || alltrue([for who in values(var.principals) : length(who.service_accounts) == 0])
    error_message = "service_accounts need oidc_provider_arn, the identity provider of the cluster they live in."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the IAM OpenID Connect provider of the EKS cluster whose service accounts take the roles; null without EKS"
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9./_-]+$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn needs the form arn:aws:iam::ACCOUNT:oidc-provider/ISSUER."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary that every role gets, where the account asks for one"
  type        = string
  default     = null
}
