output "sparkwright_environment" {
  description = "The environment of an installation that uses this lake, by name"
  value       = local.environment
}

output "sparkwright_dotenv" {
  description = "The same as the text of a .env file"
  value       = join("", [for name, value in local.environment : "${name}=${value}\n"])
}

output "quarantine_uri" {
  description = "Where copies of broken logs may be kept until they expire"
  value       = module.lake.quarantine_uri
}

output "role_arns" {
  description = "ARN of each role by what it is for: harvester, trainer, service"
  value       = module.access.role_arns
}

output "instance_profile_names" {
  description = "Name of the instance profile of each role that EC2 instances may take"
  value       = module.access.instance_profile_names
}
