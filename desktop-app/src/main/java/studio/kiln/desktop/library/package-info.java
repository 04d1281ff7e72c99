/** The library: models, their uploads, and what is known of each before it is rendered. */
@NullMarked
package studio.kiln.desktop.library;

import org.jspecify.annotations.NullMarked;
