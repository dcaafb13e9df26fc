package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// Deletes what came of its last calls, calls a lot at once and is killed before it hears of any of it. Nobody else
/// has to do with its image.
final class SoakVanisher extends SoakCaller {
    private static final int MOST_CALLS = 8;

    private final String reference;
    private final String imageId;

    /// Snapshots that it asked to have deleted and was killed before it was told.
    private final Set<String> mayBeGone = new HashSet<>();

    SoakVanisher(World world, Person person, long seed, String reference, String imageId) {
        super(world, person, seed, 1500);
        this.reference = reference;
        this.imageId = imageId;
    }

    @Override
    void turn() throws Killed {
        for (String snapshot : snapshots()) {
            if (snapshot.startsWith(imageId + "-")) {
                delete(snapshot);
            }
        }
        RawBus bus = bus();
        List<RawMessage> calls = List.of(
                HostileMessages.call("ObjectManager", "GetManagedObjects"),
                HostileMessages.manager("ListSnapshots").arguments("a{sv}", NO_OPTIONS),
                getRoot(world.image()),
                change("CreateSnapshot", imageId),
                change("Pull", reference),
                change("DeleteImage", imageId),
                change("SwitchTo", "0".repeat(64)));
        try {
            for (int i = random.nextInt(MOST_CALLS); i >= 0; i--) {
                RawMessage call = calls.get(random.nextInt(calls.size()));
                bus.send(random.nextInt(4) == 0 ? call.flags(RawMessage.NO_REPLY_EXPECTED) : call);
            }
        } catch (IOException e) {
            throw new Killed();
        }
        kill();
        throw new Killed();
    }

    private void delete(String snapshot) throws Killed {
        boolean askedBefore = !mayBeGone.add(snapshot);
        String line = ask(CHANGE, change("DeleteSnapshot", snapshot)).line();
        mayBeGone.remove(snapshot);
        if (!askedBefore || !line.startsWith("NoSuchSnapshot: ")) {
            assertThat(line).isEqualTo("ok");
        }
    }
}
