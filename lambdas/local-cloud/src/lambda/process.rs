//! The process of an execution environment: how it is started and what it sees.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use super::configuration::Configuration;
use crate::iam::Credentials;

/// What a function's output may hold until it is taken, where the system allows it: the most that
/// Linux gives an ordinary user.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// What tells an environment's process who it is.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) log_stream: &'a str,
    pub(super) runtime_api: SocketAddr,
    pub(super) region: &'a str,
    pub(super) credentials: &'a Credentials,
}

/// Starts the process; gives it and the reading end of its output.
///
/// It runs in a process group of its own, which is killed at its end, and on Linux the kernel kills
/// it when the thread that calls this ends, whatever ends that: the thread must live as long as the
/// server.
///
/// # Errors
/// When its `bootstrap` cannot be run.
pub(super) fn start(identity: &Identity<'_>) -> io::Result<(Child, pipe::Receiver)> {
    let (output, input) = io::pipe()?;
    // A function that logs much need not wait for its lines to be taken. A smaller pipe works too.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(&output, PIPE_BYTES);
    let folder = &identity.configuration.code.folder;
    let mut command = Command::new(folder.join("bootstrap"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(&identity.configuration.environment)
        .envs(variables(identity).into_iter().map(|(name, value)| (name, value.into_owned())))
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input)
        .process_group(0)
        .kill_on_drop(true);
    prepare(&mut command);
    let child = spawn(&mut command)?;
    // The command holds the writing ends; without dropping it the output would never end.
    drop(command);
    Ok((child, pipe::Receiver::from_owned_fd(OwnedFd::from(output))?))
}

/// Starts a command, again if its file is busy for a moment.
///
/// A process that another thread forks while code is unpacked holds the file open for writing until
/// its own exec, a fraction of a millisecond later, and such a file cannot be run (execve(2),
/// ETXTBSY).
fn spawn(command: &mut Command) -> io::Result<Child> {
    const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(1);
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(LOOK_AGAIN_AFTER);
            }
            done => return done,
        }
    }
    command.spawn()
}

/// Has the process die with the thread that starts it, and lays it out like every other one.
#[cfg(target_os = "linux")]
fn prepare(command: &mut Command) {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    let parent = rustix::process::getpid();
    let before_exec = move || {
        lay_out_alike();
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before the signal was asked for.
        if getppid() == Some(parent) { Ok(()) } else { Err(io::Error::other("the server ended")) }
    };
    #[expect(
        unsafe_code,
        reason = "there is no other way to set the death signal of a child; the closure makes four system calls and allocates nothing unless it fails"
    )]
    // SAFETY: between fork and exec, only async-signal-safe calls are made (personality, prctl,
    // getppid).
    unsafe {
        command.pre_exec(before_exec);
    }
}

#[cfg(not(target_os = "linux"))]
fn prepare(_: &mut Command) {}

/// Asks for the same addresses in every process that runs the same program.
///
/// A processor predicts branches by the addresses of code. In AWS an execution environment has a
/// processor of its own, whose predictions are those of its one function. Here many environments
/// take turns on a few cores, and where each has the same code at another address, none finds its
/// predictions there: with eight senders and eight receivers on two cores, a message took half as
/// much time again. Where the system refuses it, as some containers do, things are slower, not
/// wrong.
#[cfg(target_os = "linux")]
fn lay_out_alike() {
    use nix::sys::personality::{Persona, get, set};
    let _ = get().and_then(|persona| set(persona | Persona::ADDR_NO_RANDOMIZE));
}

/// The variables that Lambda gives ("Defined runtime environment variables").
fn variables<'a>(identity: &Identity<'a>) -> Vec<(&'static str, std::borrow::Cow<'a, str>)> {
    let Identity { configuration, log_stream, runtime_api, region, credentials } = identity;
    let task_root = configuration.code.folder.to_string_lossy();
    vec![
        ("_HANDLER", configuration.handler.as_str().into()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.as_str().into()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.as_str().into()),
        ("AWS_SESSION_TOKEN", credentials.session_token.as_str().into()),
        ("AWS_REGION", (*region).into()),
        ("AWS_DEFAULT_REGION", (*region).into()),
        ("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", configuration.runtime).into()),
        ("AWS_LAMBDA_FUNCTION_NAME", configuration.name.as_str().into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", configuration.memory_mb.to_string().into()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", configuration.log_group.as_str().into()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", (*log_stream).into()),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string().into()),
        ("LAMBDA_TASK_ROOT", task_root.clone()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".into()),
        ("LANG", "en_US.UTF-8".into()),
        ("TZ", ":UTC".into()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".into()),
        (
            "LD_LIBRARY_PATH",
            format!("/lib64:/usr/lib64:{task_root}:{task_root}/lib:/opt/lib").into(),
        ),
    ]
}

/// Kills a process group; one that has ended is no error.
pub(super) fn kill_group(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

/// The most memory that a process has used so far, in MB, rounded up; 0 where it cannot be read.
pub(super) fn max_memory_mb(pid: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|status| parse_peak_kb(&status))
        .map_or(0, |kb| kb.div_ceil(1024))
}

/// `VmHWM` of `/proc/<pid>/status` (proc_pid_status(5)).
fn parse_peak_kb(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn processes_of_a_program_are_laid_out_alike() {
        use nix::sys::personality::{Persona, get, set};
        // Some containers do not allow it; tried out here and taken back.
        let before = get().unwrap();
        let allowed = set(before | Persona::ADDR_NO_RANDOMIZE).is_ok();
        set(before).unwrap();
        let maps = async || {
            let mut command = Command::new("cat");
            prepare(command.arg("/proc/self/maps"));
            let text = String::from_utf8(command.output().await.unwrap().stdout).unwrap();
            text.lines().next().map(|line| line.split(' ').next().map(str::to_owned)).unwrap()
        };
        let (first, second) = (maps().await, maps().await);
        assert!(first.is_some());
        assert_eq!(first == second, allowed);
    }

    #[test]
    fn the_peak_is_read() {
        assert_eq!(parse_peak_kb("Name:\tx\nVmHWM:\t    5120 kB\nVmRSS:\t 1 kB\n"), Some(5120));
        assert_eq!(parse_peak_kb("Name:\tx\n"), None);
    }
}
