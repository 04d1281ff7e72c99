-- Nothing to do here: ids are counted in memory. The number is taken by a change of the tables of H2.
do 0;
