package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// Pulls, loads and deletes an image that nobody else touches, and changes its mind about it.
final class SoakBringer extends SoakCaller {
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final RegistryImage image;
    private final String archive;
    private boolean there;

    /// @param archive the image in a file, with its transport
    SoakBringer(World world, Person person, long seed, RegistryImage image, String archive) {
        super(world, person, seed, 500);
        this.image = image;
        this.archive = archive;
    }

    @Override
    boolean mortal() {
        return false;
    }

    @Override
    void turn() throws Killed {
        if (!there) {
            String job = start(random.nextBoolean() ? change("Pull", image.reference()) : change("Load", archive));
            boolean cancelled = random.nextInt(3) == 0 && cancel(job);
            String state = end(job);
            assertThat(state).isEqualTo(cancelled ? "cancelled" : "succeeded");
            there = state.equals("succeeded");
            if (there) {
                assertThat(((Map<?, ?>) property(job, "Job", "Result")).get("images"))
                        .isEqualTo(List.of(image.id()));
            }
        } else {
            assertThat(end(start(change("DeleteImage", image.id())))).isEqualTo("succeeded");
            there = false;
        }
        assertThat(snapshots().contains(image.id())).isEqualTo(there);
        if (there) {
            assertThat(ok(READ, getRoot(image.id()))).containsExactly(Machine.ROOTS + image.id() + "/");
        } else {
            refused(READ, "NoSuchSnapshot", getRoot(image.id()));
        }
    }

    private String start(RawMessage call) throws Killed {
        String job = (String) ok(CHANGE, call).getFirst();
        assertThat(job).matches(Machine.TOP + "/job/[1-9][0-9]*");
        assertThat(property(job, "Job", "StartedByUid")).isEqualTo(person.uid());
        return job;
    }

    private boolean cancel(String job) throws Killed {
        String line = ask(
                        CHANGE,
                        RawMessage.call(Machine.BUS_NAME, job, Machine.BUS_NAME + ".Job", "Cancel")
                                .arguments("a{sv}", NO_OPTIONS))
                .line();
        assertThat(line).matches("ok|NotCancelable: .*");
        return line.equals("ok");
    }

    private String end(String job) throws Killed {
        while (property(job, "Job", "EndTime").equals(0L)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MILLIS));
        }
        return (String) property(job, "Job", "State");
    }
}
