package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.lab.WireWriter.TypedValue;

/// Reads everything there is to read, and asks for what there is not. If the caller may not change anything, it tries
/// that too.
final class SoakReader extends SoakCaller {
    private static final String MANAGER = Machine.BUS_NAME + ".Manager";

    /// What changes are refused with, empty for who does not try.
    private final String denial;

    SoakReader(World world, Person person, long seed, String denial) {
        super(world, person, seed, 150);
        this.denial = denial;
    }

    @Override
    void turn() throws Killed {
        switch (random.nextInt(denial.isEmpty() ? 3 : 4)) {
            case 0 -> lists();
            case 1 -> objects();
            case 2 -> mistakes();
            default -> denied();
        }
    }

    private void lists() throws Killed {
        switch (random.nextInt(4)) {
            case 0 -> assertThat(snapshots()).contains(world.image());
            case 1 ->
                assertThat(ok(READ, HostileMessages.manager("ListImages").arguments("a{sv}", NO_OPTIONS))
                                .toString())
                        .contains(Machine.TOP + "/image/" + world.image());
            case 2 -> ok(READ, HostileMessages.manager("ListJobs").arguments("a{sv}", NO_OPTIONS));
            default ->
                assertThat(ok(READ, getRoot(world.image()))).containsExactly(Machine.ROOTS + world.image() + "/");
        }
    }

    private void objects() throws Killed {
        switch (random.nextInt(6)) {
            case 0 -> {
                Map<?, ?> managed = (Map<?, ?>) ok(READ, HostileMessages.call("ObjectManager", "GetManagedObjects"))
                        .getFirst();
                assertThat(managed.containsKey(Bus.pathOf(world.image()))).isTrue();
                assertThat(managed.containsKey(Machine.TOP + "/image/" + world.image()))
                        .isTrue();
            }
            case 1 ->
                assertThat((String) ok(READ, HostileMessages.call("Introspectable", "Introspect"))
                                .getFirst())
                        .contains("<node name=\"snapshot\"/>", MANAGER);
            case 2 -> {
                Map<?, ?> all = (Map<?, ?>)
                        ok(READ, HostileMessages.call("Properties", "GetAll").arguments("s", MANAGER))
                                .getFirst();
                assertThat(all.get("BootedSubvolume")).isEqualTo("@");
                assertThat(all.get("BootedSnapshot")).isEqualTo("");
            }
            case 3 -> assertThat(property(Machine.TOP, "Manager", "Version")).isEqualTo("0.1.0");
            case 4 ->
                assertThat(property(Bus.pathOf(world.image()), "Snapshot", "Image"))
                        .isEqualTo(world.image());
            default ->
                assertThat(ok(READ, HostileMessages.call("Peer", "Ping"))).isEmpty();
        }
    }

    private void mistakes() throws Killed {
        switch (random.nextInt(6)) {
            case 0 -> refused(READ, "InvalidId", getRoot("tiny"));
            case 1 -> refused(READ, "NoSuchSnapshot", getRoot("0".repeat(64)));
            case 2 ->
                refused(READ, "InvalidArgs", HostileMessages.manager("GetRoot").arguments("i", 1));
            case 3 ->
                refused(
                        READ,
                        "UnknownProperty",
                        HostileMessages.call("Properties", "Get").arguments("ss", MANAGER, "Colour"));
            case 4 ->
                refused(
                        READ,
                        "UnknownObject",
                        HostileMessages.call("Introspectable", "Introspect")
                                .with(RawMessage.PATH, "o", Machine.TOP + "/job/999999999"));
            default ->
                refused(
                        READ,
                        "InvalidArgs",
                        HostileMessages.manager("ListImages")
                                .arguments("a{sv}", Map.of("x", new TypedValue("s", "y"))));
        }
    }

    private void denied() throws Killed {
        List<RawMessage> changes = List.of(
                change("CreateSnapshot", world.image()),
                change("DeleteSnapshot", world.image()),
                change("SwitchTo", world.image()),
                change("DeleteImage", world.image()),
                change("Pull", "127.0.0.1:1/x"),
                setReadOnly(world.image(), true));
        refused(READ, denial, changes.get(random.nextInt(changes.size())));
    }
}
