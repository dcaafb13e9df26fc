package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.snapshot.Failure;

/// The merge of `/etc`, case by case: what the image before had, what the running system has, what the new image has,
/// what becomes of it (the lines of [Sketch]), and which conflicts are told.
@Timeout(60)
class MergeIT {
    @RegisterExtension
    static final LoopBtrfs BTRFS = new LoopBtrfs();

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', emptyValue = "", nullValues = "n/a", textBlock = """
            # what                                      | before         | here            | image           | becomes                    | told
            nobody changed a file                       | f=a            | f=a             | f=a             | f=a                        | -
            the image changed a file                    | f=a            | f=a             | f=b             | f=b                        | -
            the person changed a file                   | f=a            | f=b             | f=a             | f=b                        | -
            both changed it alike                       | f=a            | f=b             | f=b             | f=b                        | -
            both changed it                             | f=a            | f=b             | f=c             | f=b f.rpmnew=c             | f both-changed
            to a file of the same size                  | f=aaa          | f=bbb           | f=aaa           | f=bbb                      | -
            the person added a file                     | ''             | f=a             | ''              | f=a                        | -
            the image added a file                      | ''             | ''              | f=a             | f=a                        | -
            both added it alike                         | ''             | f=a             | f=a             | f=a                        | -
            both added it                               | ''             | f=a             | f=b             | f=a f.rpmnew=b             | f both-changed
            the person removed a file                   | f=a            | ''              | f=a             | ''                         | -
            the image removed a file                    | f=a            | f=a             | ''              | ''                         | -
            both removed it                             | f=a            | ''              | ''              | ''                         | -
            the person removed what the image changed   | f=a            | ''              | f=b             | f=b                        | f removed-here
            the image removed what the person changed   | f=a            | f=b             | ''              | f=b                        | f removed-in-image
            the person changed the mode                 | f=a            | f=a/600         | f=a             | f=a/600                    | -
            the image changed the mode                  | f=a            | f=a             | f=a/600         | f=a/600                    | -
            mode by the person, text by the image       | f=a            | f=a/600         | f=b             | f=b/600                    | -
            text by the person, mode by the image       | f=a            | f=b             | f=a/600         | f=b/600                    | -
            owner by the person, mode by the image      | f=a            | f=a@7           | f=a/600         | f=a/600@7                  | -
            both changed the mode                       | f=a            | f=a/600         | f=a/640         | f=a/600                    | f both-changed permissions
            both changed the mode, the image the text   | f=a            | f=a/600         | f=b/640         | f=b/600                    | f both-changed permissions
            both changed the owner                      | f=a            | f=a@7           | f=a@8           | f=a@7                      | f both-changed owner
            both changed all                            | f=a            | f=b/600         | f=c/640         | f=b/600 f.rpmnew=c/640     | f both-changed
            an attribute by the person, text by image   | f=a            | f=a+x           | f=b             | f=b+x                      | -
            the person took an attribute away           | f=a+x          | f=a             | f=b+x           | f=b                        | -
            both changed an attribute                   | f=a+x          | f=a+y           | f=a+z           | f=a+y                      | f both-changed user.note
            the person removed, the image chmodded      | f=a            | ''              | f=a/600         | f=a/600                    | f removed-here
            the image removed, the person chmodded      | f=a            | f=a/600         | ''              | f=a/600                    | f removed-in-image
            the person turned a link                    | f=>a           | f=>b            | f=>a            | f=>b                       | -
            the image turned a link                     | f=>a           | f=>a            | f=>b            | f=>b                       | -
            both turned a link                          | f=>a           | f=>b            | f=>c            | f=>b f.rpmnew=>c           | f both-changed
            the person gave a link an owner             | f=>a           | f=>a@7          | f=>b            | f=>b@7                     | -
            the person made a link of a file            | f=a            | f=>g            | f=a             | f=>g                       | -
            of one that the image changed               | f=a            | f=>g            | f=b             | f=>g f.rpmnew=b            | f both-changed
            the person made a file of a link            | f=>g           | f=a             | f=>g            | f=a                        | -
            the image made a link of a file             | f=a            | f=a             | f=>g            | f=>g                       | -
            of one that the person chmodded             | f=a            | f=a/600         | f=>g            | f=a/600 f.rpmnew=>g        | f both-changed
            the person made a link to disable something | u=x            | u=>/dev/null    | u=y             | u=>/dev/null u.rpmnew=y    | u both-changed
            a pipe of the person                        | ''             | f=!/600         | ''              | f=!/600                    | -
            a pipe in place of a file                   | f=a            | f=!             | f=a             | f=!                        | -
            the person added a directory                | ''             | d={f=a}/700     | ''              | d={f=a}/700                | -
            the image added a directory                 | ''             | ''              | d={f=a}/700     | d={f=a}/700                | -
            both added files to one                     | d={f=a}        | d={f=a g=b}     | d={f=a h=c}     | d={f=a g=b h=c}            | -
            both added a directory                      | ''             | d={f=a}         | d={g=b}         | d={f=a g=b}                | -
            both added one with other modes             | ''             | d={f=a}/700     | d={g=b}         | d={f=a g=b}/700            | d both-changed permissions
            the person removed a directory              | d={f=a}        | ''              | d={f=a}         | ''                         | -
            that the image put something into           | d={f=a}        | ''              | d={f=a g=b}     | d={g=b}                    | d removed-here
            that the image changed something in         | d={f=a}        | ''              | d={f=b}         | d={f=b}                    | d removed-here; d/f removed-here
            the image removed a directory               | d={f=a}        | d={f=a}         | ''              | ''                         | -
            that the person put something into          | d={f=a}        | d={f=a g=b}     | ''              | d={g=b}                    | -
            that the person changed something in        | d={f=a}        | d={f=b}         | ''              | d={f=b}                    | d/f removed-in-image
            that the person chmodded                    | d={f=a}        | d={f=a}/700     | ''              | d={}/700                   | d removed-in-image
            modes of a directory                        | d={f=a}        | d={f=a}/700     | d={f=b}@7       | d={f=b}/700@7              | -
            the person made a directory of a file       | f=a            | f={g=b}         | f=a             | f={g=b}                    | -
            of one that the image changed               | f=a            | f={g=b}         | f=b             | f={g=b} f.rpmnew=b         | f both-changed
            the person made a file of a directory       | d={f=a}        | d=b             | d={f=a}         | d=b                        | -
            of one that the image changed               | d={f=a}        | d=b             | d={f=c}         | d=b d.rpmnew={f=c}         | d both-changed
            the person moved a directory elsewhere      | d={f=a}        | d=>/srv/d       | d={f=c}         | d=>/srv/d d.rpmnew={f=c}   | d both-changed
            the image made a file of a directory        | d={f=a}        | d={f=a}         | d=b             | d=b                        | -
            of one that the person changed              | d={f=a}        | d={f=c}         | d=b             | d={f=c} d.rpmnew=b         | d both-changed; d/f removed-in-image
            the image made a directory of a file        | f=a            | f=a             | f={g=b}         | f={g=b}                    | -
            of one that the person changed              | f=a            | f=c             | f={g=b}         | f=c f.rpmnew={g=b}         | f both-changed
            the image removed one, the person made dirs | f=a            | f={g={h=b}}     | ''              | f={g={h=b}}                | f removed-in-image
            the person removed one, the image made dirs | f=a            | ''              | f={g=b}         | f={g=b}                    | f removed-here
            a link out of the root, by the image        | f=a            | f=b             | f=>../../outside/secret | f=b f.rpmnew=>../../outside/secret | f both-changed
            a directory became such a link              | d={f=a}        | d={f=b}         | d=>../../outside | d={f=b} d.rpmnew=>../../outside | d both-changed; d/f removed-in-image
            and the person has added something          | d={f=a}        | d={f=a g=b}     | d=>../../outside | d={g=b} d.rpmnew=>../../outside | d both-changed
            the person has such a link, nobody read it  | d={secret=a}   | d=>../../outside | d={secret=a}   | d=>../../outside           | -
            what an earlier deployment left             | f=b            | f=a f.rpmnew=b  | f=c             | f=a f.rpmnew=c             | f both-changed
            a person's own file has that name           | f=a            | f=b f.rpmnew=x  | f=c             | f=b f.2.rpmnew=c f.rpmnew=x | f both-changed
            the image has a file of that name           | f=a            | f=b             | f=c f.rpmnew=x  | f=b f.2.rpmnew=c f.rpmnew=x | f both-changed
            what is left stays until it is settled      | f=b            | f=a f.rpmnew=b  | f=b             | f=a f.rpmnew=b             | -
            """)
    void whatBecomesOfEtc(String what, String before, String here, String image, String becomes, String told)
            throws Failure, IOException, InterruptedException {
        Scene scene = new Scene(BTRFS.path()).withEtc(before, here, image);

        List<Entry> done = scene.carryOver();

        assertThat(scene.etc()).as(what).isEqualTo(becomes);
        assertThat(conflicts(done)).as(what).isEqualTo(told.equals("-") ? "" : told);
        scene.remove();
    }

    /// Where no image tells who changed what: the files that both have are the image's.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            # what                       | here                | image         | becomes                 | told
            both have it alike           | f=a                 | f=a           | f=a                     | -
            both have it                 | f=a                 | f=b           | f=b                     | f no-base
            only the running system      | d={g=b}/700 f=a     | ''            | d={g=b}/700 f=a         | -
            only the image               | ''                  | f=a           | f=a                     | -
            a directory of both          | d={f=a g=b}/700     | d={f=c h=d}   | d={f=c g=b h=d}         | d/f no-base
            a directory and a link       | d={f=a}             | d=>/usr/d     | d=>/usr/d               | d no-base
            a link and a directory       | d=>/usr/d           | d={f=a}       | d={f=a}                 | d no-base
            what names the machine       | hostname=a          | hostname=b    | hostname=a              | -
            """)
    void whatBecomesOfEtcWithoutABase(String what, String here, String image, String becomes, String told)
            throws Failure, IOException, InterruptedException {
        Scene scene = new Scene(BTRFS.path()).withEtc("", here, image).withoutBase();

        List<Entry> done = scene.carryOver();

        assertThat(scene.etc()).as(what).isEqualTo(becomes);
        assertThat(conflicts(done)).as(what).isEqualTo(told.equals("-") ? "" : told);
        scene.remove();
    }

    /// What is kept is as in the running system, changed or not, and so is that there is nothing.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            # what                         | rule               | here            | image            | becomes
            changed by the image           | keep /etc/f        | f=a             | f=b              | f=a
            not there                      | keep /etc/f        | ''              | f=b              | ''
            another mode                   | keep /etc/f        | f=a/600         | f=a              | f=a/600
            a directory                    | keep /etc/d/       | d={f=a}/700     | d={f=b g=c}      | d={f=a}/700
            a directory that is not there  | keep /etc/d        | ''              | d={f=b}          | ''
            a file in place of a directory | keep /etc/d        | d=a             | d={f=b}          | d=a
            a directory in place of a link | keep /etc/d        | d={f=a}         | d=>../../outside | d={f=a}
            by a pattern                   | keep /etc/*.key    | a.key=a b.key=b | a.key=c c.key=c  | a.key=a b.key=b
            below a link of the image      | keep /etc/d/f      | d={f=a}         | d=>../../outside | d={f=a} d.rpmnew=>../../outside
            below a link of its own        | keep /etc/d/secret | d=>../../outside | d={secret=a}    | d=>../../outside d.rpmnew={secret=a}
            of the image                   | image /etc/f       | f=a             | f=b              | f=b
            of the image, not there        | image /etc/f       | f=a             | ''               | ''
            against what is built in        | image /etc/fstab   | fstab=a         | fstab=b          | fstab=b
            """)
    void aRuleDecides(String what, String rule, String here, String image, String becomes)
            throws Failure, IOException, InterruptedException {
        Scene scene = new Scene(BTRFS.path()).withEtc("", here, image).withRules(rule);

        scene.carryOver();

        assertThat(scene.etc()).as(what).isEqualTo(becomes);
        scene.remove();
    }

    private static String conflicts(List<Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.conflict().isPresent())
                .map(entry -> (entry.path().substring("/etc/".length()) + " "
                                + entry.conflict().orElseThrow().keyword() + " " + entry.detail())
                        .strip())
                .sorted()
                .collect(Collectors.joining("; "));
    }
}
