package studio.kiln.server.cli.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** An end-to-end test that the second run, in studio mode ({@link StudioRun}), leaves away. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("embedded")
public @interface EmbeddedOnly {
    /** Why it says nothing new there. */
    String value();
}
