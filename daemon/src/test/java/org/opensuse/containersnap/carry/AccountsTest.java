package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.carry.Accounts.Merged;
import org.opensuse.containersnap.carry.Accounts.Table;

/// The merge of users and groups; `;` stands for the end of a line.
class AccountsTest {
    private static String file(String lines) {
        return lines.isEmpty() ? "" : lines.replace(';', '\n') + "\n";
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            # what                            | base           | here                 | image                 | becomes                         | told
            a person and a service came         | r:x:0:/sh      | r:x:0:/sh;al:x:1000:/h | r:x:0:/sh;db:x:480:/d | r:x:0:/sh;al:x:1000:/h;db:x:480:/d | ''
            the person changed a shell          | r:x:0:/sh      | r:x:0:/zsh           | r:x:0:/sh;db:x:480:/d | r:x:0:/zsh;db:x:480:/d          | ''
            the image changed another field     | r:x:0:/r:/sh   | r:x:0:/r:/zsh        | r:x:0:/root:/sh       | r:x:0:/root:/zsh                | ''
            both changed the shell              | r:x:0:/sh      | r:x:0:/zsh           | r:x:0:/fish           | r:x:0:/zsh                      | r: changed here and in the image
            the image dropped a service         | r:x:0:/sh;db:x:480:/d | r:x:0:/zsh;db:x:480:/d | r:x:0:/sh      | r:x:0:/zsh                      | ''
            one that the person changed         | db:x:480:/d    | db:x:480:/e          | r:x:0:/sh             | db:x:480:/e;r:x:0:/sh           | db: changed here, removed in the image
            the person dropped one              | r:x:0:/sh;db:x:480:/d | r:x:0:/zsh    | r:x:0:/sh;db:x:480:/d | r:x:0:/zsh                      | ''
            one that the image changed          | r:x:0:/sh;db:x:480:/d | r:x:0:/sh     | r:x:0:/sh;db:x:480:/e | r:x:0:/sh;db:x:480:/e           | db: removed here, changed in the image
            a service with two numbers          | db:x:480:/d    | db:x:480:/d          | db:x:481:/d           | db:x:481:/d                     | db: number 480 here, 481 in the image
            a number for two                    | r:x:0:/sh      | r:x:0:/sh;al:x:480:/ | r:x:0:/sh;db:x:480:/d | r:x:0:/sh;al:x:480:/;db:x:480:/d | al and db: the same number 480
            what stands for users of elsewhere  | r:x:0:/sh      | r:x:0:/sh;+::::      | r:x:0:/sh;db:x:480:/d | r:x:0:/sh;db:x:480:/d;+::::     | ''
            other numbers of fields             | r:x:0:/sh      | r:x:0:/zsh           | r:x:0                 | r:x:0:/zsh                      | r: changed here and in the image
            """)
    void users(String what, String base, String here, String image, String becomes, String told) {
        Merged merged = Accounts.merge(Table.PASSWD, Optional.of(file(base)), file(here), file(image));

        assertThat(merged.content()).as(what).isEqualTo(file(becomes));
        assertThat(String.join(";", merged.conflicts())).as(what).isEqualTo(told);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # what                     | base           | here            | image              | becomes
            members of both            | wheel:x:10:    | wheel:x:10:al   | wheel:x:10:db      | wheel:x:10:al,db
            one that the image dropped | wheel:x:10:a,b | wheel:x:10:a,b,c | wheel:x:10:b      | wheel:x:10:b,c
            one that the person dropped | wheel:x:10:a,b | wheel:x:10:b   | wheel:x:10:a,b,c   | wheel:x:10:b,c
            """)
    void membersOfGroups(String what, String base, String here, String image, String becomes) {
        assertThat(Accounts.merge(Table.GROUP, Optional.of(file(base)), file(here), file(image)))
                .as(what)
                .isEqualTo(new Merged(file(becomes), List.of()));
    }

    @Test
    void withoutABaseServicesAreOfTheImageAndPersonsOfTheRunningSystem() {
        Merged merged = Accounts.merge(
                Table.PASSWD,
                Optional.empty(),
                file("root:x:0:0::/root:/bin/zsh;db:x:480:480::/a:;al:x:1000:100::/home/al:"),
                file("root:x:0:0::/root:/bin/sh;db:x:480:480::/b:;al:x:1000:100::/home/other:;new:x:481:481::/:"));

        assertThat(merged.content())
                .isEqualTo(
                        file("root:x:0:0::/root:/bin/sh;db:x:480:480::/b:;al:x:1000:100::/home/al:;new:x:481:481::/:"));
    }

    /// A password that the running system has is never changed by an image.
    @Test
    void secretsOfTheRunningSystemStay() {
        Merged merged = Accounts.mergeSecrets(
                file("root:$6$mine:1;al:$6$al:1;old:!:1"),
                file("root:$6$image:2;db:!:2;unknown:!:2"),
                Set.of("old"),
                Set.of("root", "al", "db"));

        assertThat(merged.content()).isEqualTo(file("root:$6$mine:1;al:$6$al:1;db:!:2"));
    }
}
