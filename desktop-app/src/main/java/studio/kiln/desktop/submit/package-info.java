/** The dialog that turns a model into a render task. */
@NullMarked
package studio.kiln.desktop.submit;

import org.jspecify.annotations.NullMarked;
