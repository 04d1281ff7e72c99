/** From a model file to finished pictures: {@code kiln render} and {@code kiln demo}. */
@NullMarked
package studio.kiln.server.cli.render;

import org.jspecify.annotations.NullMarked;
