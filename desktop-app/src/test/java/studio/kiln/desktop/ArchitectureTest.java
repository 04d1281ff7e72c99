package studio.kiln.desktop;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the arrows between the modules. It stands here because only here all of them are on the class path. */
class ArchitectureTest {
    private static JavaClasses program;
    private static JavaClasses tests;

    @BeforeAll
    static void readClasses() {
        program = classesIn("classes");
        tests = classesIn("test-classes");
    }

    private static JavaClasses classesIn(String folder) {
        return new ClassFileImporter()
                .importPaths(Stream.of("core", "render-server", "desktop-app")
                        .map(module -> Path.of("..", module, "target", folder))
                        .toList());
    }

    @Test
    void coreKnowsNoFramework() {
        classes()
                .that()
                .resideInAPackage("studio.kiln.core..")
                .should()
                .onlyDependOnClassesThat(resideInAPackage("studio.kiln.core..")
                        .or(describe("the Java language and its library", ArchitectureTest::isPlainJava))
                        .or(resideInAPackage("tools.jackson.."))
                        .or(resideInAPackage("com.fasterxml.jackson.annotation.."))
                        .or(resideInAPackage("io.tus.java.client.."))
                        .or(resideInAPackage("io.airlift.compress.."))
                        .or(resideInAPackage("org.slf4j.."))
                        .or(resideInAPackage("org.jspecify.annotations..")))
                .check(program);
    }

    @Test
    void theServerKnowsNoUserInterface() {
        noClasses()
                .that()
                .resideInAPackage("studio.kiln.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("studio.kiln.desktop..", "javafx..", "java.awt.event..", "javax.swing..")
                .check(program);
    }

    @Test
    void theStudioKnowsTheServerThroughOneClass() {
        noClasses()
                .that()
                .resideInAPackage("studio.kiln.desktop..")
                .and()
                .doNotHaveFullyQualifiedName("studio.kiln.desktop.shell.EmbeddedServer")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("studio.kiln.server..")
                .check(program);
    }

    /** A picture is data like text and numbers; what is drawn on the screen is not. */
    @Test
    void viewModelsKnowNoSceneGraph() {
        noClasses()
                .that()
                .resideInAPackage("studio.kiln.desktop..")
                .and()
                .haveSimpleNameEndingWith("Model")
                .should()
                .dependOnClassesThat(resideInAPackage("javafx.scene..")
                        .and(not(resideInAPackage("javafx.scene.image..")))
                        .or(resideInAPackage("javafx.stage..")))
                .check(program);
    }

    @Test
    void everyPackageSaysThatNothingInItIsNull() {
        classes()
                .should(new ArchCondition<>("be in a package that is @NullMarked") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                            events.add(SimpleConditionEvent.violated(
                                    type, type.getPackageName() + " has no package-info.java with @NullMarked"));
                        }
                    }
                })
                .check(program);
    }

    @Test
    void testsWaitForConditionsInsteadOfSleeping() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(tests);
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .check(tests);
    }

    private static boolean isPlainJava(JavaClass type) {
        var name = type.getBaseComponentType().getPackageName();
        return (name.isEmpty() && type.getBaseComponentType().isPrimitive())
                // of the module java.base too
                || name.equals("javax.net.ssl")
                || (name.startsWith("java.") && !name.startsWith("java.sql") && !name.startsWith("java.awt"));
    }
}
