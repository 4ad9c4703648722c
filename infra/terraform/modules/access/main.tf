data "aws_partition" "current" {}

locals {
  harvest_table_arns = [for table in var.harvest_tables : "${var.bucket_arn}/${var.prefixes.lake}${table}/*"]

  # s3a://logs/spark/events -> { bucket_arn = "arn:aws:s3:::logs", prefix = "spark/events/" }
  event_logs = [
    for parts in [for location in var.event_log_locations : regex("^s3a?://([^/]+)/(.+?)/*$", location)] : {
      bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${parts[0]}"
      prefix     = "${parts[1]}/"
    }
  ]

  permissions = {
    harvester = data.aws_iam_policy_document.harvester.json
    trainer   = data.aws_iam_policy_document.trainer.json
    service   = data.aws_iam_policy_document.service.json
  }

  # The issuer, as IAM names it in condition keys, is the part of the provider's ARN after "oidc-provider/".
  oidc_issuer = var.oidc_provider_arn == null ? null : split(":oidc-provider/", var.oidc_provider_arn)[1]
}

################################################################################
# Roles: who may be a harvester, a trainer, a service
################################################################################

resource "aws_iam_role" "this" {
  for_each = var.principals

  name                 = "${var.name}-${each.key}"
  description          = "Sparkwright ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "this" {
  for_each = var.principals

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = local.permissions[each.key]
}

resource "aws_iam_instance_profile" "this" {
  for_each = { for role, who in var.principals : role => who if who.ec2 }

  name = aws_iam_role.this[each.key].name
  role = aws_iam_role.this[each.key].name
}

data "aws_iam_policy_document" "trust" {
  for_each = var.principals

  dynamic "statement" {
    for_each = each.value.ec2 ? ["ec2.${data.aws_partition.current.dns_suffix}"] : []

    content {
      sid     = "Instances"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.role_arns) > 0 ? [each.value.role_arns] : []

    content {
      sid     = "Roles"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.service_accounts) > 0 ? [each.value.service_accounts] : []

    content {
      sid     = "ServiceAccounts"
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [var.oidc_provider_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "${local.oidc_issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "${local.oidc_issuer}:sub"
        values   = [for account in statement.value : "system:serviceaccount:${account}"]
      }
    }
  }
}

################################################################################
# Permissions: what each of them may do
#
# A ListBucket condition on s3:prefix ends with a slash and a star, never without: S3 answers 404 for a missing key only
# to somebody who may list that key, and Delta readers ask for _last_checkpoint, which young tables do not have. A 403
# there would end the read.
################################################################################

data "aws_iam_policy_document" "read_lake" {
  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefixes.lake}*"]
    }
  }

  statement {
    sid       = "ReadLake"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/${var.prefixes.lake}*"]
  }
}

data "aws_iam_policy_document" "read_artifacts" {
  statement {
    sid       = "ListArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefixes.mlflow}*"]
    }
  }

  statement {
    sid       = "ReadArtifacts"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/${var.prefixes.mlflow}*"]
  }
}

# Every role reads and writes under the bucket's key, so one document serves all; S3 is the only way to use it.
data "aws_iam_policy_document" "use_lake_key" {
  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid = "UseLakeKey"
      # A multipart upload decrypts the parts that it joins, so writing needs both.
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", statement.value)[3]}.amazonaws.com"]
      }
    }
  }
}

data "aws_iam_policy_document" "harvester" {
  source_policy_documents = [
    data.aws_iam_policy_document.read_lake.json,
    data.aws_iam_policy_document.use_lake_key.json,
  ]

  dynamic "statement" {
    for_each = local.event_logs

    content {
      sid       = "ListEventLogs${statement.key}"
      actions   = ["s3:ListBucket"]
      resources = [statement.value.bucket_arn]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = ["${statement.value.prefix}*"]
      }
    }
  }

  statement {
    sid       = "ReadEventLogs"
    actions   = ["s3:GetObject"]
    resources = [for log in local.event_logs : "${log.bucket_arn}/${log.prefix}*"]
  }

  dynamic "statement" {
    for_each = length(var.event_log_kms_key_arns) > 0 ? [var.event_log_kms_key_arns] : []

    content {
      sid       = "ReadEncryptedEventLogs"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = distinct([for arn in statement.value : "s3.${split(":", arn)[3]}.amazonaws.com"])
      }
    }
  }

  # Deleting is part of writing Delta: VACUUM and the clean-up of old log entries. It leaves a noncurrent version, and
  # nobody here may delete versions.
  statement {
    sid       = "WriteHarvestTables"
    actions   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = local.harvest_table_arns
  }

  statement {
    sid       = "ListQuarantine"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefixes.quarantine}*"]
    }
  }

  # Not deleting: quarantine expires by itself, and a log set aside is evidence until then.
  statement {
    sid       = "SetAside"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.bucket_arn}/${var.prefixes.quarantine}*"]
  }
}

data "aws_iam_policy_document" "trainer" {
  source_policy_documents = [
    data.aws_iam_policy_document.read_lake.json,
    data.aws_iam_policy_document.read_artifacts.json,
    data.aws_iam_policy_document.use_lake_key.json,
  ]

  # Not deleting: a release points at its artefacts for as long as somebody may go back to it.
  statement {
    sid       = "WriteArtifacts"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.bucket_arn}/${var.prefixes.mlflow}*"]
  }
}

data "aws_iam_policy_document" "service" {
  source_policy_documents = [
    data.aws_iam_policy_document.read_lake.json,
    data.aws_iam_policy_document.read_artifacts.json,
    data.aws_iam_policy_document.use_lake_key.json,
  ]

  # The only part of the system that answers strangers, so it can neither delete a decision nor touch what models learn
  # from. Log clean-up of the decisions table is off for the same reason (delta.enableExpiredLogCleanup=false).
  statement {
    sid       = "WriteDecisions"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.bucket_arn}/${var.prefixes.lake}${var.decisions_table}/*"]
  }
}
