output "role_arns" {
  description = "ARN of each role by what it is for: harvester, trainer, service. EC2 takes one through the instance profile of the same name"
  value       = { for role, made in aws_iam_role.this : role => made.arn }
}
