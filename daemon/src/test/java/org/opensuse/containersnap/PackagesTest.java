package org.opensuse.containersnap;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may import whom.
class PackagesTest {
    private static final String TOP = "org.opensuse.containersnap.";
    private static final int CLASSES_AT_LEAST = 70;
    private static final Set<String> PACKAGES = Set.of(
            "archive",
            "btrfs",
            "bus",
            "carry",
            "daemon",
            "engine",
            "hook",
            "job",
            "journal",
            "kernel",
            "logind",
            "podman",
            "polkit",
            "process",
            "reboot",
            "record",
            "snapshot",
            "step",
            "tree",
            "verify",
            "watch",
            "wire");

    private static final JavaClasses PROGRAM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(TOP.substring(0, TOP.length() - 1));

    @Test
    void theScanSeesTheWholeProgram() {
        assertThat(PROGRAM.size()).isGreaterThan(CLASSES_AT_LEAST);
        assertThat(PROGRAM.stream().map(PackagesTest::packageBelowTop).collect(Collectors.toSet()))
                .isEqualTo(PACKAGES);
    }

    @ParameterizedTest(name = "{0} imports only {1}")
    @CsvSource(
            nullValues = "-",
            value = {
                "snapshot, snapshot",
                "step,     snapshot step",
                "engine,   engine snapshot step",
                "job,      job journal kernel snapshot step",
                "process,  kernel process",
                "podman,   podman engine journal snapshot process step",
                "kernel,   kernel",
                "tree,     kernel snapshot tree",
                "carry,    carry engine kernel snapshot tree",
                "hook,     engine hook journal kernel process snapshot",
                "archive,  archive engine kernel snapshot",
                "journal,  journal kernel snapshot",
                "btrfs,    btrfs engine kernel snapshot",
                "logind,   job kernel logind wire",
                "reboot,   engine process reboot snapshot wire",
                "record,   engine job journal record snapshot",
                "watch,    watch",
                "verify,   engine snapshot tree verify",
                "polkit,   polkit snapshot wire",
                "wire,     wire",
                "bus,      bus engine job journal snapshot step polkit wire",
            })
    void aPackageImportsOnlyWhatItMay(String name, String allowed) {
        Set<String> mayImport = Set.of(allowed.split(" ", -1));
        for (String other : PACKAGES) {
            if (!mayImport.contains(other)) {
                noClasses()
                        .that()
                        .resideInAPackage(TOP + name)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(TOP + other)
                        .check(PROGRAM);
            }
        }
    }

    @Test
    void noPackagesDependOnEachOtherInACircle() {
        slices().matching(TOP + "(*)..").should().beFreeOfCycles().check(PROGRAM);
    }

    @Test
    void theDomainNeedsNothingButJava() {
        classes()
                .that()
                .resideInAPackage(TOP + "snapshot")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(TOP + "snapshot", "java..", "org.jspecify.annotations")
                .check(PROGRAM);
    }

    @ParameterizedTest(name = "{0} is used only in {1}")
    @CsvSource({
        "org.freedesktop.dbus.., wire",
        "java.lang.foreign..,    kernel btrfs journal logind",
        "org.apache.hc..,        podman",
        "ch.qos.logback..,       journal",
    })
    void aLibraryIsSeenOnlyWhereItIsSpokenTo(String library, String names) {
        String[] packages = Arrays.stream(names.split(" ", -1)).map(TOP::concat).toArray(String[]::new);
        noClasses()
                .that(not(resideInAnyPackage(packages)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(PROGRAM);
    }

    @Test
    void programsAreStartedOnlyInProcess() {
        noClasses()
                .that(not(resideInAPackage(TOP + "process")))
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ProcessBuilder.class, Runtime.class)
                .because("Main alone may use Runtime, for its shutdown hook")
                .check(PROGRAM.that(not(resideInAPackage(TOP + "daemon"))));
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(PROGRAM.stream().map(JavaClass::getPackage).distinct())
                .allMatch(each -> each.isAnnotatedWith(NullMarked.class));
    }

    private static String packageBelowTop(JavaClass type) {
        return type.getPackageName().substring(TOP.length());
    }
}
