/** The farm: what renders here, and what each engine proved. */
@NullMarked
package studio.kiln.desktop.nodes;

import org.jspecify.annotations.NullMarked;
