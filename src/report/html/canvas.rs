//! The paper that charts are drawn on: plotters' SVG back end, given whole pixels only.
//!
//! Positions are computed here and in [`super::axis`], in units of half a pixel, over `libm`; the
//! library draws shapes where it is told, so that the same results give the same bytes on every
//! machine. Texts stay texts. What a pointer is told over a shape stands in `<title>` elements,
//! which browsers show without a script.

use std::fmt::Write as _;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, PathElement, Polygon,
    Rectangle, SVGBackend, Text,
};
pub use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::units::cast;

/// What plotters' own estimate of a font's height is divided by when it is written.
const FONT: f64 = 1.24;
/// Units of the drawing per unit of a chart's own: positions are whole numbers.
const FINE: f64 = 2.0;

/// Text and axes.
pub const INK: RGBColor = RGBColor(27, 31, 36);
/// Lesser text.
pub const MUTED: RGBColor = RGBColor(87, 96, 106);
/// Lines of the grid.
pub const GRID: RGBColor = RGBColor(208, 215, 222);
/// The ground.
pub const PAPER: RGBColor = RGBColor(255, 255, 255);

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008; the yellow darker).
const PALETTE: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
];

/// The colour of the thing with this number.
pub fn colour(place: usize) -> RGBColor {
    PALETTE[place % PALETTE.len()]
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letters {
    /// Height.
    pub size: f64,
    /// Colour.
    pub colour: RGBColor,
    /// Which side of the text lies at its place.
    pub side: Side,
}

/// Which side of a text lies at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Its beginning.
    Left,
    /// Its middle.
    Middle,
    /// Its end.
    Right,
}

/// Ordinary text.
pub const PLAIN: Letters = Letters {
    size: 13.0,
    colour: INK,
    side: Side::Left,
};
/// Numbers along an axis.
pub const SMALL: Letters = Letters {
    size: 12.0,
    colour: MUTED,
    side: Side::Middle,
};

impl Letters {
    /// The same, set to another side.
    pub const fn at(self, side: Side) -> Self {
        Self { side, ..self }
    }

    /// The same in another colour.
    pub const fn in_colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }
}

/// A place: right and down from the upper left corner.
pub type Place = (f64, f64);

/// A chart while it is drawn.
pub struct Canvas<'t> {
    area: DrawingArea<SVGBackend<'t>, Shift>,
    told: String,
}

/// Draws a chart of the given size; `label` says in a sentence what is to be seen.
///
/// # Panics
/// Never: memory takes every shape.
pub fn draw((width, height): Place, label: &str, shapes: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut svg = String::new();
    let size = (pixel(width).unsigned_abs(), pixel(height).unsigned_abs());
    let mut canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
        told: String::new(),
    };
    canvas.rectangle((0.0, 0.0), (width, height), PAPER);
    shapes(&mut canvas);
    let told = std::mem::take(&mut canvas.told);
    canvas.area.present().expect("memory takes every shape");
    drop(canvas);
    let label = escaped(label);
    let head = format!("<svg role=\"img\" aria-label=\"{label}\" ");
    let svg = svg.replacen("<svg ", &head, 1);
    let end = svg.rfind("</svg>").expect("the drawing has an end");
    let drawn = &svg[..end];
    format!("{drawn}<g class=\"hot\" fill=\"none\" pointer-events=\"all\">\n{told}</g>\n</svg>\n")
}

fn pixel(position: f64) -> i32 {
    cast::pixel(position * FINE)
}

fn point((x, y): Place) -> (i32, i32) {
    (pixel(x), pixel(y))
}

/// Text inside XML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Canvas<'_> {
    /// A line through the given places.
    pub fn line(&mut self, places: &[Place], colour: RGBColor, width: u32) {
        let points: Vec<(i32, i32)> = places.iter().copied().map(point).collect();
        let path = PathElement::new(points, colour.stroke_width(width * 2));
        self.area.draw(&path).expect("memory takes every shape");
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, from: Place, to: Place, colour: RGBColor) {
        let shape = Rectangle::new([point(from), point(to)], colour.filled());
        self.area.draw(&shape).expect("memory takes every shape");
    }

    /// A filled shape, half seen through.
    pub fn veil(&mut self, places: &[Place], colour: RGBColor) {
        let points: Vec<(i32, i32)> = places.iter().copied().map(point).collect();
        let shape = Polygon::new(points, colour.mix(0.25));
        self.area.draw(&shape).expect("memory takes every shape");
    }

    /// A filled circle.
    pub fn dot(&mut self, centre: Place, radius: f64, colour: RGBColor) {
        let shape = Circle::new(point(centre), pixel(radius), colour.filled());
        self.area.draw(&shape).expect("memory takes every shape");
    }

    /// A text, its middle at the height of the place.
    pub fn text(&mut self, place: Place, text: &str, letters: Letters) {
        let side = match letters.side {
            Side::Left => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Right,
        };
        let font = ("sans-serif", letters.size * FINE * FONT).into_font();
        let style = font
            .color(&letters.colour)
            .pos(Pos::new(side, VPos::Center));
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let shape = Text::new(text, point(place), style);
        self.area.draw(&shape).expect("memory takes every shape");
    }

    /// What is told to who points at the place.
    pub fn tell(&mut self, place: Place, text: &str) {
        let ((x, y), text) = (point(place), escaped(text));
        writeln!(
            self.told,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"14\"><title>{text}</title></circle>"
        )
        .expect("a string takes any text");
    }

    /// What is told to who points into the rectangle.
    pub fn tell_in(&mut self, from: Place, to: Place, text: &str) {
        let ((x0, y0), (x1, y1), text) = (point(from), point(to), escaped(text));
        let (width, height) = (x1 - x0, y1 - y0);
        writeln!(
            self.told,
            "<rect x=\"{x0}\" y=\"{y0}\" width=\"{width}\" height=\"{height}\"><title>{text}</title></rect>"
        )
        .expect("a string takes any text");
    }
}

/// A text of at most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept + "…"
}
