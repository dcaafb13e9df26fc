package org.opensuse.containersnap.client.wire;

/// One job, from the call that starts it to its end.
public final class JobRun {
    /* A signal can't be lost on the bus, but a look at the job from time to time costs nothing and never hangs. */
    private static final long LOOK_MILLIS = 10_000;

    private final Bus bus;
    private final Host host;
    private final Progress progress;

    private String path = "";
    private Properties job = Properties.NONE;
    private Properties signalled = Properties.NONE;
    private boolean stale;
    private boolean interrupted;
    private boolean cancelSent;

    /// Who is told how the job goes on.
    public interface Progress {
        /// The job's properties are these now.
        void changed(Properties job);
    }

    /// How the job ended, and whether this process was asked to end meanwhile.
    public record End(Properties job, boolean interrupted) {}

    public JobRun(Bus bus, Host host, Progress progress) {
        this.bus = bus;
        this.host = host;
        this.progress = progress;
    }

    /*
     * The signals are asked for before the job is started, so that none is missed. The job's properties are read
     * once it is known, as it may have ended already; a signal that came before they arrived is newer than they
     * are. When the end is seen they are read again, as its signal need not carry all of them. Who is asked to end
     * cancels the job and waits for its end; who is asked twice leaves.
     */
    /// Starts the job by this call and waits for its end.
    public End run(Method method, Value... arguments) throws BusFailure {
        bus.watch();
        path = ask(Names.TOP_PATH, method, arguments).text();
        boolean whole = look();
        while (!ended()) {
            if (interrupted && !cancelSent) {
                cancel();
            }
            handle(bus.next(LOOK_MILLIS));
            whole = false;
            if (stale) {
                whole = look();
            }
        }
        if (!whole) {
            look();
        }
        return new End(job, interrupted);
    }

    private boolean look() throws BusFailure {
        stale = false;
        signalled = Properties.NONE;
        try {
            Properties read =
                    ask(path, Method.GET_PROPERTIES, Value.of(Names.JOB)).properties();
            job = job.with(read).with(signalled);
        } catch (BusFailure.Answered e) {
            if (!ended()) {
                throw e;
            }
        }
        progress.changed(job);
        return true;
    }

    private void cancel() throws BusFailure {
        cancelSent = true;
        try {
            ask(path, Method.CANCEL, Value.noOptions());
        } catch (BusFailure.Answered e) {
            // It ended in the meantime or is past the point of return: what it says at its end counts.
            stale = true;
        }
    }

    private Value ask(String object, Method method, Value... arguments) throws BusFailure {
        try {
            return askOnce(object, method, arguments);
        } catch (BusFailure.Answered e) {
            if (!interrupted && bus.letAskAfter(e)) {
                return askOnce(object, method, arguments);
            }
            throw e;
        }
    }

    private Value askOnce(String object, Method method, Value... arguments) throws BusFailure {
        long call = bus.send(object, method, arguments);
        long deadline = host.millis() + method.timeoutSeconds() * 1000;
        while (true) {
            long left = deadline - host.millis();
            if (left <= 0) {
                throw new BusFailure.Late(method);
            }
            switch (bus.next(left)) {
                case Event.Reply reply
                when reply.call() == call -> {
                    return reply.value();
                }
                case Event.Refusal refusal when refusal.call() == call -> throw refusal.failure();
                case Event.Quiet _ -> {}
                case Event event -> handle(event);
            }
        }
    }

    private void handle(Event event) throws BusFailure {
        switch (event) {
            case Event.JobChanged change
            when change.path().equals(path) -> {
                signalled = signalled.with(change.changed());
                job = job.with(change.changed());
                stale |= change.incomplete();
                progress.changed(job);
            }
            case Event.Interrupted _ -> {
                if (interrupted) {
                    throw new BusFailure.Abandoned();
                }
                interrupted = true;
            }
            case Event.ServiceGone _ -> {
                if (!ended()) {
                    throw new BusFailure.Lost("it ended before the job did");
                }
            }
            case Event.Quiet _ -> stale = true;
            case Event.JobChanged _, Event.Reply _, Event.Refusal _ -> {}
        }
    }

    /* States may be added; a job that has an end time has ended, whatever its state is called. */
    private boolean ended() {
        return job.number(Property.JOB_END_TIME) != 0
                || switch (job.text(Property.JOB_STATE)) {
                    case "succeeded", "failed", "cancelled", "interrupted" -> true;
                    default -> false;
                };
    }
}
