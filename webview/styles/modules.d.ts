/** The bundler takes in style sheets that are imported. */
declare module '*.css';
