//! The service's errors: status, exception name and sentence.

use serde::Serialize;
use serde_json::json;

use crate::script::PipelineScript;

const VALIDATION: &str =
    "Could not queue the build because there were validation errors or warnings.";
const BUILD_API: &str = "Microsoft.TeamFoundation.Build.WebApi";
const BUILD_ASSEMBLY: &str = "Microsoft.TeamFoundation.Build2.WebApi";
const CORE: &str = "Microsoft.TeamFoundation.Core.WebApi";
const TEST: &str = "Microsoft.TeamFoundation.TestManagement.WebApi";
const APPROVAL: &str = "Microsoft.Azure.Pipelines.Approval.WebApi";
const TASKS: &str = "Microsoft.TeamFoundation.DistributedTask.WebApi";
const COMMON: &str = "Microsoft.VisualStudio.Services.Common";
const PIPELINES: &str = "Microsoft.Azure.Pipelines.WebApi";

/// An error answer with the service's usual body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    namespace: &'static str,
    assembly: &'static str,
    key: &'static str,
    /// Errors and warnings of a validation.
    results: Vec<ValidationResult>,
}

/// One finding of a validation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ValidationResult {
    result: &'static str,
    message: String,
}

impl ValidationResult {
    pub(crate) fn errors(messages: &[String]) -> impl Iterator<Item = Self> + '_ {
        messages.iter().map(|message| Self {
            result: "error",
            message: message.clone(),
        })
    }

    fn warnings(messages: &[String]) -> impl Iterator<Item = Self> + '_ {
        messages.iter().map(|message| Self {
            result: "warning",
            message: message.clone(),
        })
    }
}

impl Refusal {
    fn new(
        status: u16,
        namespace: &'static str,
        key: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let assembly = if namespace == BUILD_API {
            BUILD_ASSEMBLY
        } else {
            namespace
        };
        Self {
            status,
            message: message.into(),
            namespace,
            assembly,
            key,
            results: Vec::new(),
        }
    }

    fn build(status: u16, key: &'static str, message: impl Into<String>) -> Self {
        Self::new(status, BUILD_API, key, message)
    }

    pub(crate) fn build_not_found(id: impl std::fmt::Display) -> Self {
        Self::build(
            404,
            "BuildNotFoundException",
            format!("The requested build {id} could not be found."),
        )
    }

    /// The sentence is not documented; the exception is.
    pub(crate) fn definition_not_found(id: impl std::fmt::Display) -> Self {
        let message = format!("VS800006: Definition {id} could not be found.");
        Self::build(404, "DefinitionNotFoundException", message)
    }

    pub(crate) fn definition_disabled(pipeline: &PipelineScript) -> Self {
        let message = format!(
            "The build pipeline {} ({}) is disabled.",
            pipeline.name, pipeline.id
        );
        Self::build(400, "DefinitionDisabledException", message)
    }

    pub(crate) fn queueing_denied(pipeline: &PipelineScript, project: &str) -> Self {
        let message = format!(
            "TF215106: Access denied. Build Bot needs Queue builds permissions for build pipeline {}:{} in team \
             project {project} to perform the action. For more information, contact the Azure DevOps administrator.",
            pipeline.id, pipeline.name
        );
        Self::build(403, "AccessDeniedException", message)
    }

    pub(crate) fn completed_build(id: u32) -> Self {
        let message =
            format!("The status of build {id} cannot be changed because it is completed.");
        Self::build(400, "BuildStatusInvalidChangeException", message)
    }

    pub(crate) fn log_not_found(build: u32, log: &str) -> Self {
        let message = format!("The log with ID {log} of build {build} could not be found.");
        Self::build(404, "BuildLogNotFoundException", message)
    }

    pub(crate) fn timeline_not_found(timeline: &str) -> Self {
        let message = format!("The timeline {timeline} could not be found.");
        Self::build(404, "TimelineNotFoundException", message)
    }

    pub(crate) fn retry_with_body() -> Self {
        Self::bad_body("The request body must be empty when the retry parameter is specified.")
    }

    /// The sentence is the vendor's, the exception a guess.
    pub(crate) fn stage_never_ran(stage: &str) -> Self {
        let message = format!("Unable to retry stage {stage} because it has never been run.");
        Self::build(400, "InvalidPipelineOperationException", message)
    }

    /// The sentence is the vendor's, the exception a guess.
    pub(crate) fn stage_in_progress(stage: &str) -> Self {
        let message =
            format!("Unable to retry the pipeline because stage {stage} is currently in progress.");
        Self::build(400, "InvalidPipelineOperationException", message)
    }

    /// A guess.
    pub(crate) fn stage_not_found(stage: &str) -> Self {
        let message = format!("Stage {stage} could not be found.");
        Self::build(404, "StageNotFoundException", message)
    }

    /// A guess.
    pub(crate) fn approval_not_found(id: &str) -> Self {
        let message = format!("Approval {id} could not be found.");
        Self::new(404, APPROVAL, "ApprovalNotFoundException", message)
    }

    /// A guess.
    pub(crate) fn approval_completed(id: &str) -> Self {
        let message = format!("Approval {id} is already completed.");
        Self::new(400, APPROVAL, "ApprovalUpdateException", message)
    }

    /// The exception is the vendor's, the sentence a guess.
    pub(crate) fn plan_not_found(plan: &str) -> Self {
        let message = format!("No plan found for identifier {plan}.");
        Self::new(
            404,
            TASKS,
            "TaskOrchestrationPlanNotFoundException",
            message,
        )
    }

    /// A guess: nobody has reported what an ordinary token gets.
    pub(crate) fn feed_refused() -> Self {
        let message = "Access denied. Test User 1 needs the permission to read the console feed.";
        Self::new(403, TASKS, "AccessDeniedException", message)
    }

    pub(crate) fn no_completed_build(definition: u32) -> Self {
        let message = format!("No completed builds were found for pipeline {definition}.");
        Self::build(404, "BuildNotFoundException", message)
    }

    /// The sentence is not documented; the exception is.
    pub(crate) fn artifact_not_found(build: u32, name: &str) -> Self {
        let message = format!("Artifact {name} was not found for build {build}.");
        Self::build(404, "ArtifactNotFoundException", message)
    }

    /// The sentence is not documented; the exception is.
    pub(crate) fn test_run_not_found(id: &str) -> Self {
        let message = format!("Test run {id} not found.");
        Self::new(404, TEST, "TestObjectNotFoundException", message)
    }

    pub(crate) fn validation_failed(errors: &[String], warnings: &[String]) -> Self {
        let mut refusal = Self::build(400, "BuildRequestValidationFailedException", VALIDATION);
        refusal.results.extend(ValidationResult::errors(errors));
        refusal.results.extend(ValidationResult::warnings(warnings));
        refusal
    }

    pub(crate) fn validation_warned(warnings: &[String]) -> Self {
        let mut refusal = Self::build(409, "BuildRequestValidationWarningException", VALIDATION);
        refusal.results.extend(ValidationResult::warnings(warnings));
        refusal
    }

    /// The Pipelines API's form of the same: all messages in one, a line each.
    pub(crate) fn pipeline_invalid(errors: &[String]) -> Self {
        let message = errors.join("\n");
        Self::new(400, PIPELINES, "PipelineValidationException", message)
    }

    /// The Pipelines API says so with a status of its own kind.
    pub(crate) fn pipeline_not_found(id: impl std::fmt::Display) -> Self {
        let message = format!("The pipeline '{id}' does not exist");
        Self::new(500, PIPELINES, "PipelineNotFoundException", message)
    }

    /// The Pipelines API; the exception is a guess.
    pub(crate) fn run_not_found(id: impl std::fmt::Display) -> Self {
        let message = format!("The run '{id}' does not exist");
        Self::new(404, PIPELINES, "RunNotFoundException", message)
    }

    /// The exception is the vendor's, the sentence a guess.
    pub(crate) fn queue_not_found(id: u32) -> Self {
        let message = format!("No agent queue found with identifier {id}.");
        Self::build(404, "QueueNotFoundException", message)
    }

    /// A body that is missing or is not what the model says.
    pub(crate) fn bad_body(message: impl Into<String>) -> Self {
        Self::build(400, "RequestContentException", message)
    }

    pub(crate) fn no_body() -> Self {
        Self::bad_body(
            "This request expects an object in the request body, but nothing was supplied.",
        )
    }

    pub(crate) fn bad_query(message: impl Into<String>) -> Self {
        Self::build(400, "InvalidBuildQueryException", message)
    }

    pub(crate) fn bad_continuation_token(token: &str) -> Self {
        let message = format!("The continuation token '{token}' is not valid.");
        Self::build(400, "InvalidContinuationTokenException", message)
    }

    pub(crate) fn unknown_project_name(name: &str) -> Self {
        let message = format!(
            "TF200016: The following project does not exist: {name}. Verify that the name of the project is \
             correct and that the project exists on the specified Azure DevOps Server."
        );
        Self::new(404, CORE, "ProjectDoesNotExistWithNameException", message)
    }

    pub(crate) fn unknown_project_id(id: &str) -> Self {
        let message = format!(
            "VS800075: The project with id 'vstfs:///Classification/TeamProject/{id}' does not exist, or you do \
             not have permission to access it."
        );
        Self::new(400, CORE, "ProjectDoesNotExistException", message)
    }

    pub(crate) fn version_out_of_range(wanted: &str, latest: &str) -> Self {
        let message = format!(
            "The requested REST API version of {wanted} is out of range for this server. The latest REST API \
             version this server supports is {latest}."
        );
        Self::new(400, COMMON, "VssVersionOutOfRangeException", message)
    }

    pub(crate) fn preview_flag_missing(wanted: &str) -> Self {
        let message = format!(
            "The requested version \"{wanted}\" of the resource is under preview. The -preview flag must be \
             supplied in the api-version for such requests. For example: \"{wanted}-preview\""
        );
        Self::new(400, COMMON, "VssInvalidPreviewVersionException", message)
    }

    pub(crate) fn version_not_specified(method: &str) -> Self {
        let message = format!(
            "No api-version was supplied for the \"{method}\" request. The version must be supplied either as \
             part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter \
             (e.g. \"?api-version=1.0\")."
        );
        Self::new(400, COMMON, "VssVersionNotSpecifiedException", message)
    }

    pub(crate) fn throttled() -> Self {
        let message = "TF400733: The request has been canceled: Request was blocked due to exceeding usage of \
                       resource 'Concurrency' in namespace 'User'.";
        Self::new(429, COMMON, "VssServiceException", message)
    }

    pub(crate) fn internal_error() -> Self {
        let message = "TF400898: An Internal Error Occurred. Activity Id: 7f3a1c52-0000-4000-8000-000000000000.";
        Self::new(500, COMMON, "VssServiceException", message)
    }

    pub(crate) fn stopped_collection() -> Self {
        let message = "TF24668: The following team project collection is stopped: fabrikam. Start the collection \
                       and then try again. Administrator Reason: This Azure DevOps organization has been \
                       deactivated due to inactivity.";
        Self::new(503, COMMON, "VssServiceException", message)
    }

    pub(crate) fn unauthorized() -> Self {
        let message = "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized to access \
                       this resource.";
        Self::new(
            401,
            "Microsoft.TeamFoundation.Framework.Server",
            "UnauthorizedRequestException",
            message,
        )
    }

    /// The caller is known to Entra, but not to the organization.
    pub(crate) fn never_signed_in(tenant: &str, client: &str) -> Self {
        let message = format!(
            "TF401444: Please sign-in at least once as {tenant}\\\\{tenant}\\\\{client} in a web browser to enable access \
             to the service."
        );
        Self::new(
            401,
            "Microsoft.TeamFoundation.Framework.Server",
            "UnauthorizedRequestException",
            message,
        )
    }

    /// The body in the order of the service's fields; text, because a JSON map would sort them.
    pub(crate) fn body(&self) -> String {
        let custom = if self.results.is_empty() {
            String::new()
        } else {
            let results = serde_json::to_string(&self.results).unwrap_or_default();
            format!("\"customProperties\":{{\"ValidationResults\":{results}}},")
        };
        format!(
            "{{\"$id\":\"1\",{custom}\"innerException\":null,\"message\":{},\"typeName\":\"{}.{}, {}\",\
             \"typeKey\":\"{}\",\"errorCode\":0,\"eventId\":3000}}",
            json!(self.message),
            self.namespace,
            self.key,
            self.assembly,
            self.key,
        )
    }
}
