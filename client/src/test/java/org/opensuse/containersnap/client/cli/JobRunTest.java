package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.opensuse.containersnap.client.cli.FakeBus.JOB_PATH;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Event;
import org.opensuse.containersnap.client.wire.JobRun;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

class JobRunTest {
    private static final Map<Property, Value> RUNNING = Map.of(Property.JOB_STATE, Value.of("running"));
    private static final Map<Property, Value> ENDED = Map.of(Property.JOB_STATE, Value.of("succeeded"));

    private final FakeBus bus = new FakeBus();
    private final FakeHost host = new FakeHost();
    private final List<String> phases = new ArrayList<>();

    @BeforeEach
    void aJobThatRuns() {
        bus.answer(Method.PULL, Value.of(JOB_PATH)).answer(Method.GET_PROPERTIES, FakeBus.job(RUNNING));
    }

    private JobRun.End run() throws BusFailure {
        return new JobRun(bus, host, job -> phases.add(job.text(Property.JOB_PHASE)))
                .run(Method.PULL, Value.of("os"), Value.noOptions());
    }

    @Test
    void aJobThatEndedBeforeItIsLookedAtIsNotWaitedFor() throws BusFailure {
        bus.answer(Method.GET_PROPERTIES, FakeBus.job(ENDED));
        assertThat(run().job().text(Property.JOB_STATE)).isEqualTo("succeeded");
        assertThat(bus.calls).hasSize(2);
    }

    @Test
    void changesAreToldAndTheEndIsReadInFull() throws BusFailure {
        bus.events.add(FakeBus.changed(Map.of(Property.JOB_PHASE, Value.of("storing"))));
        bus.events.add(FakeBus.changed(Map.of(Property.JOB_END_TIME, new Value.Whole(9))));
        run();
        assertThat(phases).startsWith("", "storing", "storing");
        assertThat(bus.calls).endsWith(JOB_PATH + " GetAll(org.opensuse.containersnap1.Job)");
        assertThat(bus.calls).hasSize(3);
    }

    @Test
    void anotherJobsChangesAreNotOurs() throws BusFailure {
        Properties ended = FakeBus.job(ENDED).properties();
        bus.events.add(new Event.JobChanged(JOB_PATH + "0", ended, false));
        bus.events.add(new Event.JobChanged("/org/opensuse/containersnap1/job/8", ended, false));
        bus.events.add(FakeBus.changed(ENDED));
        run();
        assertThat(bus.events).isEmpty();
    }

    @Test
    void aLostSignalIsMadeUpForByALook() throws BusFailure {
        bus.events.add(new Event.Quiet());
        bus.events.add(FakeBus.changed(ENDED));
        run();
        assertThat(bus.calls.stream().filter(call -> call.contains("GetAll"))).hasSize(3);
    }

    @Test
    void aChangeWithoutItsValuesIsLookedUp() throws BusFailure {
        bus.events.add(new Event.JobChanged(JOB_PATH, Properties.NONE, true));
        bus.events.add(FakeBus.changed(ENDED));
        run();
        assertThat(bus.calls.stream().filter(call -> call.contains("GetAll"))).hasSize(3);
    }

    @Test
    void anEndThatWasSignalledStandsWhenTheJobIsGone() throws BusFailure {
        bus.events.add(FakeBus.changed(ENDED));
        JobRun run = new JobRun(
                bus,
                host,
                job -> bus.fail(
                        Method.GET_PROPERTIES,
                        new BusFailure.Answered("org.freedesktop.DBus.Error.UnknownObject", "gone", false)));
        assertThat(run.run(Method.PULL).job().text(Property.JOB_STATE)).isEqualTo("succeeded");
    }

    @Test
    void anEndThatWasSignalledStandsWhenTheServiceLeaves() throws BusFailure {
        bus.events.add(FakeBus.changed(ENDED));
        JobRun run = new JobRun(bus, host, job -> {
            if (job.text(Property.JOB_STATE).equals("succeeded")) {
                bus.beforeTheNextReply(new Event.ServiceGone());
                bus.fail(
                        Method.GET_PROPERTIES,
                        new BusFailure.Answered("org.freedesktop.DBus.Error.NoReply", "disconnected", true));
            }
        });
        assertThat(run.run(Method.PULL).job().text(Property.JOB_STATE)).isEqualTo("succeeded");
    }

    @Test
    void theEndOfTheServiceEndsTheWait() {
        bus.events.add(new Event.ServiceGone());
        assertThatThrownBy(this::run).isInstanceOf(BusFailure.Lost.class);
    }

    @Test
    void whoIsAskedToEndTwiceLeaves() {
        bus.answer(Method.CANCEL, Value.nothing());
        bus.events.add(new Event.Interrupted());
        bus.events.add(new Event.Interrupted());
        assertThatThrownBy(this::run).isInstanceOf(BusFailure.Abandoned.class);
        assertThat(bus.calls).contains(JOB_PATH + " Cancel({})");
    }

    @Test
    void aRefusalToStartIsPassedOn() {
        BusFailure refusal = new BusFailure.Answered("org.opensuse.containersnap1.Error.Busy", "busy", false);
        bus.fail(Method.PULL, refusal);
        assertThatThrownBy(this::run).isSameAs(refusal);
    }

    @Test
    void aCallThatNeedsAPasswordIsMadeAgainWhenAPersonCanBeAsked() throws BusFailure {
        bus.answer(Method.GET_PROPERTIES, FakeBus.job(ENDED)).fail(Method.PULL, passwordNeeded());
        bus.answerWhenAsked = Value.of(JOB_PATH);

        assertThat(run().job().text(Property.JOB_STATE)).isEqualTo("succeeded");
        assertThat(bus.calls).startsWith("Pull(os, {})", "Pull(os, {})");
    }

    @Test
    void aCallThatNeedsAPasswordFailsWhenNobodyCanBeAsked() {
        bus.fail(Method.PULL, passwordNeeded());

        assertThatThrownBy(this::run).isInstanceOf(BusFailure.Answered.class);
        assertThat(bus.calls).containsExactly("Pull(os, {})");
    }

    private static BusFailure passwordNeeded() {
        return new BusFailure.Answered(
                "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "a password is needed", false);
    }
}
