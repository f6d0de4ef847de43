//! Functions: create, get, update, list, delete; the account's settings.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::code::Code;
use super::configuration::{Configuration, Settings};
use super::pool::Pool;
use super::report::LogFormat;
use super::{Function, not_found, validation as check};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::Request;
use crate::server::new_request_id;

/// The largest archive that may be uploaded directly, in bytes (AWS: 50 MB).
const ZIP_LIMIT_BYTES: usize = 52_428_800;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    function_name: Option<String>,
    code: Option<CodeInput>,
    package_type: Option<String>,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CodeInput {
    zip_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateCode {
    zip_file: Option<String>,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    dry_run: bool,
    revision_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Concurrency {
    reserved_concurrent_executions: Option<i64>,
}

fn required<T>(value: Option<T>, member: &str) -> ApiResult<T> {
    value.ok_or_else(|| check::model("null", member, "not be null"))
}

pub(super) async fn create(cloud: &Arc<Cloud>, input: Create) -> ApiResult<Value> {
    let lambda = &cloud.lambda;
    let name = required(input.function_name, "functionName")?;
    let name = check::function_name(&name, &lambda.region, &lambda.account_id)?;
    required(input.settings.role.as_ref(), "role")?;
    if input.package_type.as_deref().is_some_and(|package| package != "Zip") {
        return Err(check::constraint(
            "local-cloud runs zip archives only: PackageType must be Zip",
        ));
    }
    if input.settings.runtime.is_none() || input.settings.handler.is_none() {
        return Err(check::constraint(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    let architecture = check::architecture(&input.architectures)?;
    check::tags(&input.tags)?;
    let conflict = || {
        ApiError::new(409, "ResourceConflictException", format!("Function already exist: {name}"))
    };
    if lambda.function(&name).is_ok() {
        return Err(conflict());
    }
    let zip = required(input.code, "code")?.zip_file;
    let arn = lambda.arn(&name);
    // Checked before the archive is unpacked, with code that is not there yet.
    let mut configuration = Configuration {
        log_group: format!("/aws/lambda/{name}"),
        name: name.clone(),
        arn: arn.clone(),
        runtime: String::new(),
        role: String::new(),
        handler: String::new(),
        description: String::new(),
        timeout_s: 3,
        memory_mb: 128,
        architecture,
        environment: BTreeMap::new(),
        log_format: LogFormat::Text,
        modified_ms: cloud.now_ms(),
        revision: new_request_id(),
        code: Arc::new(Code::none()),
    };
    configuration.apply(input.settings)?;
    check_role(cloud, &configuration)?;
    configuration.code = unpack(cloud, zip).await?;
    let description = configuration.describe();
    let function = Arc::new(Function {
        name: name.clone(),
        arn,
        settings: Mutex::new(super::Settings { tags: input.tags, ..super::Settings::default() }),
        pool: Mutex::new(Pool::new(configuration)),
    });
    let mut functions = lambda.functions.write().unwrap_or_else(PoisonError::into_inner);
    if functions.contains_key(&name) {
        return Err(conflict());
    }
    functions.insert(name, function);
    Ok(description)
}

/// Where policies are enforced, the role has to be there and to trust Lambda.
fn check_role(cloud: &Cloud, configuration: &Configuration) -> ApiResult<()> {
    if !cloud.config.enforce_iam || cloud.iam.is_assumable_by_lambda(&configuration.role) {
        return Ok(());
    }
    Err(check::constraint("The role defined for the function cannot be assumed by Lambda."))
}

/// Decodes and unpacks an archive, beside the thread that serves.
async fn unpack(cloud: &Arc<Cloud>, zip: Option<String>) -> ApiResult<Arc<Code>> {
    let zip = zip.ok_or_else(|| {
        check::constraint("Please provide a source for function code: local-cloud takes a ZipFile")
    })?;
    let cloud = Arc::clone(cloud);
    let unpacked = tokio::task::spawn_blocking(move || {
        let zip = STANDARD.decode(zip).map_err(|error| {
            ApiError::new(400, "SerializationException", format!("ZipFile is no Base64: {error}"))
        })?;
        if zip.len() > ZIP_LIMIT_BYTES {
            return Err(ApiError::new(
                413,
                "RequestEntityTooLargeException",
                format!("Zipped size must be smaller than {ZIP_LIMIT_BYTES} bytes"),
            ));
        }
        cloud.lambda.code.unpack(&zip.into())
    });
    unpacked
        .await
        .unwrap_or_else(|error| Err(ApiError::new(500, "ServiceException", error.to_string())))
}

pub(super) fn get(function: &Arc<Function>) -> Value {
    let configuration = function.configuration();
    let mut value = json!({
        "Configuration": configuration.describe(),
        "Code": {
            "RepositoryType": "S3",
            "Location": format!("file://{}", configuration.code.folder.display()),
        },
    });
    let tags = function.tags();
    if !tags.is_empty() {
        value["Tags"] = json!(tags);
    }
    if let Some(count) = function.reserved() {
        value["Concurrency"] = json!({ "ReservedConcurrentExecutions": count });
    }
    value
}

pub(super) fn list(cloud: &Arc<Cloud>, request: &Request) -> ApiResult<Value> {
    let most = request.query("MaxItems").map_or(Ok(50), |text| {
        let count: i64 = text.parse().map_err(|_| check::model(text, "maxItems", "be a number"))?;
        check::within(count, "maxItems", 1, 10_000).map(|count| count.min(50) as usize)
    })?;
    let after = request.query("Marker").unwrap_or("");
    let functions = cloud.lambda.all();
    let mut rest = functions.iter().filter(|function| function.name.as_str() > after);
    let page: Vec<&Arc<Function>> = rest.by_ref().take(most).collect();
    let mut value = json!({
        "Functions": page.iter().map(|f| f.configuration().describe()).collect::<Vec<_>>(),
    });
    if rest.next().is_some()
        && let Some(last) = page.last()
    {
        value["NextMarker"] = last.name.as_str().into();
    }
    Ok(value)
}

pub(super) fn delete(cloud: &Arc<Cloud>, name: &str) -> ApiResult<()> {
    let function = cloud.lambda.function(name)?;
    let removed = cloud
        .lambda
        .functions
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&function.name)
        .ok_or_else(|| not_found(&function.arn))?;
    removed.retire_for_good(cloud);
    Ok(())
}

pub(super) fn update_configuration(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    input: Settings,
) -> ApiResult<Value> {
    let mut configuration = (*function.configuration()).clone();
    check_revision(&configuration, input.revision_id.as_deref())?;
    configuration.apply(input)?;
    check_role(cloud, &configuration)?;
    Ok(put_in_place(cloud, function, configuration))
}

pub(super) async fn update_code(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    input: UpdateCode,
) -> ApiResult<Value> {
    check_revision(&function.configuration(), input.revision_id.as_deref())?;
    let architecture = match &input.architectures[..] {
        [] => None,
        given => Some(check::architecture(given)?),
    };
    let code = unpack(cloud, input.zip_file).await?;
    // Only now, because the configuration may have changed meanwhile.
    let mut configuration = (*function.configuration()).clone();
    configuration.code = code;
    if let Some(architecture) = architecture {
        configuration.architecture = architecture;
    }
    if input.dry_run {
        return Ok(configuration.describe());
    }
    Ok(put_in_place(cloud, function, configuration))
}

fn put_in_place(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    mut configuration: Configuration,
) -> Value {
    configuration.modified_ms = cloud.now_ms();
    configuration.revision = new_request_id();
    let description = configuration.describe();
    function.replace(cloud, configuration);
    description
}

fn check_revision(configuration: &Configuration, given: Option<&str>) -> ApiResult<()> {
    if given.is_none_or(|revision| revision == configuration.revision) {
        return Ok(());
    }
    Err(ApiError::new(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id",
    ))
}

pub(super) fn put_concurrency(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    input: &Concurrency,
) -> ApiResult<Value> {
    let count = required(input.reserved_concurrent_executions, "reservedConcurrentExecutions")?;
    let count = check::within(count, "reservedConcurrentExecutions", 0, u32::MAX)?;
    function.reserve(cloud, Some(count))?;
    Ok(json!({ "ReservedConcurrentExecutions": count }))
}

pub(super) fn account_settings(cloud: &Arc<Cloud>) -> Value {
    let functions = cloud.lambda.all();
    let code_bytes: u64 = functions.iter().map(|f| f.configuration().code.zip_bytes).sum();
    let account = &cloud.lambda.account;
    json!({
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800_u64,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": ZIP_LIMIT_BYTES,
            "ConcurrentExecutions": account.limit(),
            "UnreservedConcurrentExecutions": account.unreserved(),
        },
        "AccountUsage": { "TotalCodeSize": code_bytes, "FunctionCount": functions.len() },
    })
}
