package org.opensuse.containersnap.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.TryCatchBlock;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;
import org.teavm.interop.StaticInit;

@AnalyzeClasses(packagesOf = ArchitectureTest.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String CLI = "org.opensuse.containersnap.client.cli";
    private static final String WIRE = "org.opensuse.containersnap.client.wire";

    @ArchTest
    static void theScanSeesTheProgram(JavaClasses classes) {
        assertThat(classes).hasSizeGreaterThan(60);
    }

    @ArchTest
    static final ArchRule wireKnowsNothingOfTheCommandLine = noClasses()
            .that()
            .resideInAPackage(WIRE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI);

    @ArchTest
    static final ArchRule onlyWireIsNative = noClasses()
            .that()
            .resideOutsideOfPackage(WIRE)
            .should()
            .dependOnClassesThat(new com.tngtech.archunit.base.DescribedPredicate<>("are of TeaVM's interop") {
                @Override
                public boolean test(JavaClass type) {
                    return type.getPackageName().startsWith("org.teavm") && !type.isEquivalentTo(StaticInit.class);
                }
            });

    @ArchTest
    static final ArchRule theCommandLineIsRunOnAnyHost = noClasses()
            .that()
            .resideInAPackage(CLI)
            .should()
            .dependOnClassesThat()
            .haveNameMatching(".*\\.(LibCHost|SystemBus|Memory|LibC|SdBus)");

    /// What is left out costs start-up time or size; System.out would come with TeaVM's charsets.
    @ArchTest
    static final ArchRule littleOfTheLibraryIsUsed = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.io", "java.nio..", "java.time..", "java.util.regex", "java.util.stream", "java.text")
            .orShould()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "formatted", Object[].class);

    /// See the package comment of wire.
    @ArchTest
    static final ArchRule staticStateIsMadeAtTheStart = classes()
            .should(new ArchCondition<>("be initialized at the start when it has static state") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    boolean synthetic = type.getSimpleName().matches("\\d*|.*\\$\\d+");
                    boolean wrong = type.getStaticInitializer().isPresent()
                            && !synthetic
                            && !type.isAnnotatedWith(StaticInit.class);
                    events.add(new SimpleConditionEvent(type, !wrong, type.getName() + " has static state"));
                }
            });

    /// Of a record pattern javac makes a try block that catches Throwable; see the package comment of wire.
    @ArchTest
    static void thereIsNoRecordPattern(JavaClasses classes) {
        for (JavaClass type : classes) {
            for (JavaCodeUnit method : type.getCodeUnits()) {
                for (TryCatchBlock block : method.getTryCatchBlocks()) {
                    assertThat(block.getCaughtThrowables())
                            .as(method.getFullName())
                            .noneMatch(caught -> caught.isEquivalentTo(Throwable.class));
                }
            }
        }
    }

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        for (JavaClass type : classes) {
            assertThat(type.getPackage().isAnnotatedWith(NullMarked.class))
                    .as(type.getPackageName())
                    .isTrue();
        }
    }
}
