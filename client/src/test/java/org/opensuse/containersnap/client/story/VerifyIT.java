package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// An image is asked what it lacks to be booted, and a snapshot of it is given just that.
class VerifyIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// The lab's image is a Debian without a kernel, as it boots in a container only.
    private static final String FOUND = """
            not met  client                there is no /usr/bin/container-snap; install container-snap in the image
            met      no-snapper            there is no /usr/bin/snapper
            not met  transactional-update  there is no program transactional-update in /usr/sbin or /usr/bin; \
            install transactional-update in the image
            not met  kernel                there is no version of a kernel in /usr/lib/modules; \
            install a kernel in the image, such as kernel-default
            met      systemd               /usr/lib/systemd/systemd
            not met  boot-loader           there is neither GRUB 2 (grub2-install, grub2-mkconfig) \
            nor systemd-boot (bootctl, /usr/lib/systemd/boot/efi/systemd-boot*.efi); \
            install grub2 or systemd-boot in the image
            not met  rsync                 there is no /usr/bin/rsync; install rsync in the image
            met      network               /usr/lib/systemd/systemd-networkd
            met      architecture          /usr/lib/systemd/systemd is for this machine
            met      snapshots-directory   /.snapshots
            met      login                 root logs in with /bin/bash
            """;

    private static final String MEND = """
            cd "$1"
            cp /usr/bin/container-snap usr/bin
            for program in usr/bin/rsync usr/sbin/{transactional-update,tukit,grub2-install,grub2-mkconfig}; do
                cp usr/bin/true $program
            done
            printf 'snapper podman container-snap' >usr/lib64/libtukit.so.6
            mkdir -p usr/lib/modules/6.4.0
            echo kernel >usr/lib/modules/6.4.0/vmlinuz
            echo modules >usr/lib/modules/6.4.0/modules.dep
            """;

    private static final Machine machine = new Machine(lab);
    private static RegistryImage image;
    private static String mended = "";

    @BeforeAll
    static void pull() throws Exception {
        image = RegistryImage.read(lab.registry(), "bootable", "1")
                .sibling("to-verify")
                .push();
        assertThat(machine.pull("bootable:to-verify")).isEqualTo(image.id());
        mended = machine.create(image.id());
        lab.bash(MEND, ROOTS + mended).ok();
    }

    @Test
    void anImageIsToldWhatItLacks() {
        for (String name : List.of(image.id(), image.reference(), "docker://" + image.reference())) {
            Result verified = lab.snap("verify", name);

            assertThat(verified.out().replaceFirst("is for [a-z0-9-]+\n", "is for this machine\n"))
                    .isEqualTo(FOUND);
            assertThat(verified.err()).matches("container-snap: 5 of 11 requirements are not met by \\S+\n");
            assertThat(verified.status()).isEqualTo(1);
        }
    }

    @Test
    void aSnapshotThatWasGivenWhatItsImageLacksMeetsAll() {
        assertThat(lab.snap("verify", mended).ok().lines())
                .hasSize(11)
                .allMatch(line -> line.startsWith("met      "))
                .contains("met      kernel                /usr/lib/modules/6.4.0/vmlinuz");
        assertThat(lab.bash("container-snap verify --json $1", mended).ok())
                .startsWith("{\n  \"met\": true,\n  \"requirements\": [\n    {\n      \"name\": \"client\",");
    }

    @Test
    void everybodyMayAsk() {
        Result asNobody = lab.run(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "gdbus",
                "call",
                "--system",
                "-d",
                Machine.BUS_NAME,
                "-o",
                Machine.TOP,
                "-m",
                Machine.BUS_NAME + ".Manager.Verify",
                Bus.text(image.id()),
                "{}");

        assertThat(asNobody.ok())
                .contains("'name': <'rsync'>", "'met': <false>", "'mend': <'install rsync in the image'>");
    }

    @Test
    void whatIsNotThereCantBeVerified() {
        Machine.assertRefused(lab.snap("verify", lab.registry() + "/bootable:none"), "there is no image");
        Machine.assertWrongCommandLine(lab.snap("verify", "../../etc"), "is not a registry reference");
    }
}
