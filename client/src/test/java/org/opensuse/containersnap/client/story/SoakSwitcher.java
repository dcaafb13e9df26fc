package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import org.opensuse.containersnap.client.lab.Person;

/// Chooses what the next boot takes, which nobody else does.
final class SoakSwitcher extends SoakCaller {
    SoakSwitcher(World world, Person person, long seed) {
        super(world, person, seed, 400);
    }

    @Override
    boolean mortal() {
        return false;
    }

    @Override
    void turn() throws Killed {
        String snapshot =
                (String) ok(CHANGE, change("CreateSnapshot", world.image())).getFirst();
        switchTo(snapshot);
        refused(CHANGE, "SnapshotInUse", change("DeleteSnapshot", snapshot));
        switchTo(world.image());
        ok(CHANGE, change("DeleteSnapshot", snapshot));
    }

    private void switchTo(String snapshot) throws Killed {
        ok(CHANGE, change("SwitchTo", snapshot));
        assertThat(property(Machine.TOP, "Manager", "DefaultSnapshot")).isEqualTo(snapshot);
        assertThat(property(Bus.pathOf(snapshot), "Snapshot", "Default")).isEqualTo(true);
    }
}
