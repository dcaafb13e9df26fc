package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawMessage;

/// Makes snapshots, changes and deletes them. What it made is there, as it left it, until it deletes it, and then is
/// not; whatever others do meanwhile.
final class SoakMaker extends SoakCaller {
    private static final int MOST = 3;

    /// btrfs numbers the directory that a subvolume is.
    private static final long SUBVOLUME = 256;

    /// Its snapshots, and whether they are read-only.
    private final Map<String, Boolean> mine = new HashMap<>();

    /// The one that a call is about.
    private String touched = "";

    SoakMaker(World world, Person person, long seed) {
        super(world, person, seed, 250);
    }

    /// The call that was not answered may have been carried out, or be carried out yet.
    @Override
    void killed() {
        mine.remove(touched);
    }

    @Override
    void turn() throws Killed {
        touched = "";
        if (mine.isEmpty() || (mine.size() < MOST && random.nextInt(3) == 0)) {
            create();
            return;
        }
        String snapshot = List.copyOf(mine.keySet()).get(random.nextInt(mine.size()));
        switch (random.nextInt(5)) {
            case 0 -> assertThat(snapshots()).contains(world.image()).containsAll(mine.keySet());
            case 1 -> assertRoot(snapshot);
            case 2 ->
                assertThat(property(Bus.pathOf(snapshot), "Snapshot", "ReadOnly"))
                        .isEqualTo(mine.get(snapshot));
            case 3 -> toggle(snapshot);
            default -> delete(snapshot);
        }
    }

    private void create() throws Killed {
        String made =
                (String) ok(CHANGE, change("CreateSnapshot", world.image())).getFirst();
        assertThat(made).matches(world.image() + "-work[1-9][0-9]*");
        assertThat(world.made().add(made))
                .as("the first that is called %s", made)
                .isTrue();
        mine.put(made, false);
        assertRoot(made);
    }

    private void assertRoot(String snapshot) throws Killed {
        String root = Machine.ROOTS + snapshot + "/";
        assertThat(ok(READ, getRoot(snapshot))).containsExactly(root);
        try {
            Path directory = world.lab().outside(root);
            assertThat(Files.getAttribute(directory, "unix:ino")).isEqualTo(SUBVOLUME);
            assertThat(Files.isExecutable(directory.resolve("usr/bin/busybox"))).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void toggle(String snapshot) throws Killed {
        touched = snapshot;
        boolean readOnly = !Boolean.TRUE.equals(mine.get(snapshot));
        ok(CHANGE, setReadOnly(snapshot, readOnly));
        mine.put(snapshot, readOnly);
    }

    private void delete(String snapshot) throws Killed {
        touched = snapshot;
        ok(CHANGE, change("DeleteSnapshot", snapshot));
        mine.remove(snapshot);
        refused(READ, "NoSuchSnapshot", getRoot(snapshot));
        refused(
                READ,
                "UnknownObject",
                HostileMessages.call("Properties", "GetAll")
                        .with(RawMessage.PATH, "o", Bus.pathOf(snapshot))
                        .arguments("s", ""));
        assertThat(snapshots()).doesNotContain(snapshot);
    }
}
