# terraform-compliance: as the projects will be once the plan is applied.
Feature: Where the data is

  Scenario: Of each project it is known where it is
    Given I have dnanexus_project defined
    Then it must have region

  Scenario: Of each project it is known who pays
    Given I have dnanexus_project defined
    Then it must have bill_to

  Scenario: Projects billed to org-biobank lie in the United Kingdom
    Given I have dnanexus_project defined
    When its bill_to is org-biobank
    Then it must have region
    And its value must match the "^(aws:eu-west-2|aws:eu-west-2-g|azure:uksouth-ofh)$" regex
