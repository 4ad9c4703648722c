provider "aws" {
  region = var.region

  default_tags {
    tags = { Project = "sparkwright", ManagedBy = "terraform" }
  }
}

module "lake" {
  source = "../../modules/lake"

  bucket_name             = var.bucket_name
  kms_key_arn             = var.kms_key_arn
  noncurrent_version_days = var.noncurrent_version_days
}

module "access" {
  source = "../../modules/access"

  name                = var.name
  bucket_arn          = module.lake.bucket_arn
  prefixes            = module.lake.prefixes
  kms_key_arn         = var.kms_key_arn
  event_log_locations = var.event_log_locations
  principals          = var.principals
}
