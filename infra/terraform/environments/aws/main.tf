provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Project = "sparkwright", ManagedBy = "terraform" }, var.tags)
  }
}

module "lake" {
  source = "../../modules/lake"

  bucket_name             = var.bucket_name
  kms_key_arn             = var.kms_key_arn
  noncurrent_version_days = var.noncurrent_version_days
  quarantine_days         = var.quarantine_days
  force_destroy           = var.force_destroy
}

module "access" {
  source = "../../modules/access"

  name                     = var.name
  bucket_arn               = module.lake.bucket_arn
  prefixes                 = module.lake.prefixes
  kms_key_arn              = var.kms_key_arn
  event_log_locations      = var.event_log_locations
  event_log_kms_key_arns   = var.event_log_kms_key_arns
  principals               = var.principals
  oidc_provider_arn        = var.oidc_provider_arn
  permissions_boundary_arn = var.permissions_boundary_arn
}

locals {
  # Every SPARKWRIGHT_ name here is a field of sparkwright/settings.py; a test holds the two together.
  environment = {
    SPARKWRIGHT_LAKE_URI      = module.lake.lake_uri
    SPARKWRIGHT_ARTIFACT_ROOT = module.lake.artifact_root
    AWS_REGION                = var.region
  }
}
