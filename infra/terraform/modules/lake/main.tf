# Constants, not variables: the roles of the access module and every URI below are tailored to these two folders.
locals {
  prefixes = {
    lake   = "lake/"
    mlflow = "mlflow/"
  }
}

# Not force_destroy: `terraform destroy` stops at a bucket that still holds history.
resource "aws_s3_bucket" "this" {
  bucket = var.bucket_name
}

# Access control lists are off: IAM and the bucket policy are the only ways in.
resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

# The module creates no key itself: a key outlives `terraform destroy` by 7 to 30 days, and whoever deletes it makes the
# lake unreadable, so keys are created where the company manages them.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    # A bucket key saves one KMS request per object; Delta writes many small ones.
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

# Nothing expires a current object. Only the transaction log, which S3 does not read, says which Delta files are
# current: an expiry by age would delete live data of a table that is rarely written. VACUUM removes a table's old
# files, which remain here as noncurrent versions for a while.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  # Noncurrent versions exist only once versioning is on.
  depends_on = [aws_s3_bucket_versioning.this]

  bucket = aws_s3_bucket.this.id

  rule {
    id     = "remove-leftovers"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    expiration {
      # A delete marker once no version is left behind it; never an object.
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  # S3 refuses a policy while it is still deciding what public access means for the bucket.
  depends_on = [aws_s3_bucket_public_access_block.this]

  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.tls_only.json
}

# Only denials; what is allowed is in the access module.
data "aws_iam_policy_document" "tls_only" {
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
