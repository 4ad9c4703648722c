data "aws_partition" "current" {}

# Who may access what, completely: everything below only spells this out.
locals {
  lake      = { bucket_arn = var.bucket_arn, prefix = var.prefixes.lake }
  artifacts = { bucket_arn = var.bucket_arn, prefix = var.prefixes.mlflow }

  # s3a://logs/spark/events -> { bucket_arn = "arn:aws:s3:::logs", prefix = "spark/events/" }
  event_logs = [
    for parts in [for location in var.event_log_locations : regex("^s3a?://([^/]+)/(.+?)/*$", location)] : {
      bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${parts[0]}"
      prefix     = "${parts[1]}/"
    }
  ]

  grants = {
    # Fills and joins the tables. Deleting is part of that (VACUUM, the clean-up of old log entries) and leaves a
    # noncurrent version; nobody here may delete versions.
    harvester = { reads = concat([local.lake], local.event_logs), writes = [local.lake], deletes = [local.lake] }
    # Deletes nothing: a release points to its artefacts for as long as somebody may roll back to it.
    trainer = { reads = [local.lake, local.artifacts], writes = [local.artifacts], deletes = [] }
    # Answers anybody, so it can change nothing that models learn from. Its decision log is a database.
    service = { reads = [local.lake, local.artifacts], writes = [], deletes = [] }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.grants

  name               = "${var.name}-${each.key}"
  description        = "Sparkwright ${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.grants

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.permissions[each.key].json
}

# EC2 takes a role only through an instance profile; it has the role's name.
resource "aws_iam_instance_profile" "this" {
  for_each = { for role, who in var.principals : role => who if anytrue([for name in who : startswith(name, "ec2.")]) }

  name = aws_iam_role.this[each.key].name
  role = aws_iam_role.this[each.key].name
}

data "aws_iam_policy_document" "trust" {
  for_each = local.grants

  statement {
    # EKS Pod Identity tags the session it opens; no policy here reads tags.
    actions = ["sts:AssumeRole", "sts:TagSession"]

    dynamic "principals" {
      for_each = {
        for type, who in {
          AWS     = [for name in var.principals[each.key] : name if startswith(name, "arn:")]
          Service = [for name in var.principals[each.key] : name if !startswith(name, "arn:")]
        } : type => who if length(who) > 0
      }

      content {
        type        = principals.key
        identifiers = principals.value
      }
    }
  }
}

data "aws_iam_policy_document" "permissions" {
  for_each = local.grants

  # S3 answers 404 for a missing key only to somebody who may list that key (it is the s3:prefix then), and Delta readers
  # ask for _last_checkpoint, which young tables lack: a 403 there would end the read. Hence the star.
  dynamic "statement" {
    for_each = each.value.reads

    content {
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
    actions   = ["s3:GetObject"]
    resources = [for folder in each.value.reads : "${folder.bucket_arn}/${folder.prefix}*"]
  }

  dynamic "statement" {
    for_each = each.value.writes

    content {
      actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      resources = ["${statement.value.bucket_arn}/${statement.value.prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.deletes

    content {
      actions   = ["s3:DeleteObject"]
      resources = ["${statement.value.bucket_arn}/${statement.value.prefix}*"]
    }
  }

  # The key can be used only through S3. Writing needs both actions: a multipart upload decrypts the parts that it joins.
  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      actions   = length(each.value.writes) > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", statement.value)[3]}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }
}
