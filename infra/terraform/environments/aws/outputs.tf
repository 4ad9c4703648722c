locals {
  # Every SPARKWRIGHT_ name is a field of sparkwright/settings.py; a test holds the two together.
  environment = {
    SPARKWRIGHT_LAKE_URI      = module.lake.lake_uri
    SPARKWRIGHT_ARTIFACT_ROOT = module.lake.artifact_root
    AWS_REGION                = var.region
  }
}

output "environment" {
  description = "The environment of an installation that uses this lake, by name"
  value       = local.environment
}

output "dotenv" {
  description = "The same as a file: terraform output -raw dotenv >> .env"
  value       = join("", [for name, value in local.environment : "${name}=${value}\n"])
}

output "role_arns" {
  description = "ARN of each role by what it is for: harvester, trainer, service"
  value       = module.access.role_arns
}
