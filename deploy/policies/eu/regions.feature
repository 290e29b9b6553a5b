# terraform-compliance: as the projects will be once the plan is applied.
Feature: Where the data is

  Scenario: Of each project it is known where it is
    Given I have dnanexus_project defined
    Then it must have region

  Scenario: Of each project it is known who pays
    Given I have dnanexus_project defined
    Then it must have bill_to

  Scenario: Projects billed to org-genomics lie in the EU
    Given I have dnanexus_project defined
    When its bill_to is org-genomics
    Then it must have region
    And its value must match the "^(aws:eu-central-1|azure:westeurope)$" regex
