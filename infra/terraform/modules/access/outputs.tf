output "role_arns" {
  description = "ARN of each role by what it is for: harvester, trainer, service"
  value       = { for role, made in aws_iam_role.this : role => made.arn }
}

output "role_names" {
  description = "Name of each role by what it is for"
  value       = { for role, made in aws_iam_role.this : role => made.name }
}

output "instance_profile_names" {
  description = "Name of the instance profile of each role that EC2 instances may take"
  value       = { for role, made in aws_iam_instance_profile.this : role => made.name }
}
