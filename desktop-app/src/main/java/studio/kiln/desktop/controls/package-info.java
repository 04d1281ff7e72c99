/** Small controls that several rooms use. They know nothing of models or tasks. */
@NullMarked
package studio.kiln.desktop.controls;

import org.jspecify.annotations.NullMarked;
