//! `romt jobs`: the queues of a deployment, and the jobs that were given up.

mod name;
mod show;

use std::time::Duration;

use romt_bus::{BusAddress, BusHandle, Queue};
use romt_runtime::{Hint, Lifecycle, Signals, block_on};

use self::name::JobName;
use super::outcome::{Outcome, Usage};
use crate::cli::{JobsCommand, JobsOptions};
use crate::screen::Screen;
use crate::settings::bus_address;

/// Somebody sits there and waits.
const PATIENCE: Duration = Duration::from_secs(10);
const ADDRESS_HINT: &str = "name the bus with `--bus nats://HOST:4222/NAME`, or in ROMT_BUS or romt.toml";

pub(super) fn jobs(options: &JobsOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let names = names(options)?;
    let mut address = bus_address(&options.bus, &options.common)?;
    match &mut address {
        BusAddress::Memory if options.command == JobsCommand::List => {
            screen.say(format_args!(
                "the bus `memory:` is inside one process, so there is nothing to list\nhint: {ADDRESS_HINT}"
            ));
            return Ok(Outcome::Complete);
        }
        BusAddress::Memory => {
            return Err(Usage("the bus `memory:` is inside one process, so there are no jobs".to_owned()))
                .hint(ADDRESS_HINT);
        }
        BusAddress::Nats(config) => config.patience = PATIENCE,
    }
    let ended = block_on(async {
        let lifecycle = Lifecycle::new(Signals::listen()?);
        lifecycle.run(async { deal(options, &names, &address, screen).await }).await
    })??;
    match ended {
        romt_runtime::Ended::Done(all_there) => Ok(if all_there { Outcome::Complete } else { Outcome::Incomplete }),
        cut => Ok(Outcome::of_ended(&cut)),
    }
}

/// The jobs that are named. Something must be said of what is to be dealt with, and only then.
fn names(options: &JobsOptions) -> anyhow::Result<Vec<JobName>> {
    let listing = options.command == JobsCommand::List;
    if listing && (options.all || !options.jobs.is_empty()) {
        return Err(Usage("`list` takes no jobs: it shows all".to_owned()).into());
    }
    if !listing && !options.all && options.jobs.is_empty() {
        return Err(Usage("no job is named".to_owned())).hint("name jobs as `romt jobs` shows them, or say `--all`");
    }
    options.jobs.iter().map(|text| text.parse().map_err(|error| Usage(format!("{text}: {error}")).into())).collect()
}

/// Whether all that was named was there.
async fn deal(options: &JobsOptions, names: &[JobName], address: &BusAddress, screen: &Screen) -> anyhow::Result<bool> {
    let bus = match romt_bus::find(address).await {
        Ok(bus) => bus,
        Err(error) => {
            let hint = error.hint();
            return Err(error).hint(hint);
        }
    };
    let show = show::Show { screen, json: options.common.json };
    if options.command == JobsCommand::List {
        list(&bus, &show).await?;
        return Ok(true);
    }
    let all = if options.all { given_up(&bus).await? } else { Vec::new() };
    let mut all_there = true;
    for name in names.iter().chain(&all) {
        let there = match options.command {
            JobsCommand::Requeue => bus.port().requeue(name.queue, &name.id).await?,
            JobsCommand::Discard | JobsCommand::List => bus.port().discard(name.queue, &name.id).await?,
        };
        if there {
            show.dealt_with(options.command, name)?;
        } else {
            screen.complain(format_args!("error: no job `{name}` was given up"));
            all_there = false;
        }
    }
    Ok(all_there)
}

async fn list(bus: &BusHandle, show: &show::Show<'_>) -> anyhow::Result<()> {
    for queue in Queue::ALL {
        show.queue(queue, bus.port().pending(queue).await?)?;
    }
    for queue in Queue::ALL {
        for letter in bus.port().dead_letters(queue).await? {
            show.letter(queue, &letter)?;
        }
    }
    Ok(())
}

/// The names of all jobs that were given up.
async fn given_up(bus: &BusHandle) -> anyhow::Result<Vec<JobName>> {
    let mut names = Vec::new();
    for queue in Queue::ALL {
        let letters = bus.port().dead_letters(queue).await?;
        names.extend(letters.into_iter().map(|letter| JobName { queue, id: letter.id }));
    }
    Ok(names)
}
