package org.opensuse.containersnap.client.story;

import java.io.IOException;
import java.util.List;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// Deletes what came of its last calls, calls a lot at once and is killed before it hears of any of it. Nobody else
/// has to do with its image.
final class SoakVanisher extends SoakCaller {
    private static final int MOST_CALLS = 8;

    private final String reference;
    private final String imageId;

    SoakVanisher(World world, Person person, long seed, String reference, String imageId) {
        super(world, person, seed, 1500);
        this.reference = reference;
        this.imageId = imageId;
    }

    @Override
    void turn() throws Killed {
        for (String snapshot : snapshots()) {
            if (snapshot.startsWith(imageId + "-")) {
                ok(CHANGE, change("DeleteSnapshot", snapshot));
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
}
