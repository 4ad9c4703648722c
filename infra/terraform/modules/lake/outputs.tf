output "bucket_arn" {
  description = "ARN of the bucket"
  value       = aws_s3_bucket.this.arn
}

output "prefixes" {
  description = "The bucket's folders by what they hold, each ending with a slash"
  value       = local.prefixes
}

output "lake_uri" {
  description = "Where the Delta tables lie"
  value       = "s3://${aws_s3_bucket.this.id}/${trimsuffix(local.prefixes.lake, "/")}"
}

output "artifact_root" {
  description = "Where MLflow puts artefacts"
  value       = "s3://${aws_s3_bucket.this.id}/${trimsuffix(local.prefixes.mlflow, "/")}"
}
