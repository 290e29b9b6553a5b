# OPA: projects billed to org-biobank lie in the United Kingdom, as they will be once the plan is applied.
package reconciler

import rego.v1

allowed := {"aws:eu-west-2", "aws:eu-west-2-g", "azure:uksouth-ofh"}

deny contains sprintf("%s is in %s", [project.address, project.values.region]) if {
	some project in input.planned_values.root_module.resources
	project.type == "dnanexus_project"
	project.values.bill_to == "org-biobank"
	not project.values.region in allowed
}

# What could not be read is no evidence.
deny contains sprintf("%s of %s could not be read", [attribute, project.address]) if {
	some project in input.resource_changes
	project.type == "dnanexus_project"
	some attribute in ["region", "bill_to"]
	project.change.after_unknown[attribute]
}

# Nor is what cannot be told, and an error instead of a plan.
deny contains problem.message if {
	some check in input.checks
	check.status == "error"
	object.get(check.address, "type", "dnanexus_project") == "dnanexus_project"
	some instance in check.instances
	some problem in instance.problems
}
