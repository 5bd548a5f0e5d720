//! Icons: pictures from strangers, on their way in and out (attack book A175).
//!
//! What a picture is, is seen in its bytes and never believed from a header. It is decoded within
//! bounds and encoded anew, so that nothing of what was sent is ever served.

use std::io::Cursor;

use authority::application::Icon;
use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Desk;
use super::fault::Fault;
use super::request::{media_type, read};

/// The largest picture that is read, in bytes: 1 MiB.
const LARGEST: usize = 1024 * 1024;
/// The longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 1024;
/// The most memory that decoding one takes, in bytes: four for each pixel, four times.
const MEMORY: u64 = 16 * 1024 * 1024;
/// What a picture may be.
const FORMATS: [ImageFormat; 4] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

/// A picture, already safe.
pub(super) struct Picture(pub(super) Icon);

impl FromRequest<Desk> for Picture {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &Desk) -> Result<Self, Fault> {
        let declared = media_type(request.headers());
        let may_be = |kind: &str| kind.starts_with("image/") || kind == "application/octet-stream";
        // Where there is no body, no kind of it is wrong: it is no picture.
        let empty = request.body().is_end_stream();
        if !empty && !declared.as_deref().is_none_or(may_be) {
            return Err(unknown_kind());
        }
        let bytes = read(request.into_body(), LARGEST).await?;
        let encoded = tokio::task::spawn_blocking(move || reencode(&bytes)).await;
        let bytes = encoded.map_err(|_| broken())??;
        Ok(Self(Icon { media_type: ImageFormat::Png.to_mime_type().to_owned(), bytes }))
    }
}

/// The same picture as a PNG: of an animation the first frame, and nothing but pixels.
fn reencode(bytes: &Bytes) -> Result<Vec<u8>, Fault> {
    if bytes.is_empty() {
        return Err(broken());
    }
    let format = image::guess_format(bytes).ok().filter(|format| FORMATS.contains(format));
    let format = format.ok_or_else(unknown_kind)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| broken())?;
    let (width, height) = decoder.dimensions();
    if width > LONGEST_SIDE || height > LONGEST_SIDE {
        let message = format!("A side of the picture has more than {LONGEST_SIDE} pixels.");
        return Err(Fault::too_large(message));
    }
    let pixels = DynamicImage::from_decoder(decoder).map_err(|_| broken())?.into_rgba8();
    let mut png = Cursor::new(Vec::new());
    pixels.write_to(&mut png, ImageFormat::Png).map_err(|_| broken())?;
    Ok(png.into_inner())
}

fn unknown_kind() -> Fault {
    Fault::media_type("The body must be a PNG, JPEG, WebP or GIF picture.")
}

fn broken() -> Fault {
    Fault::body("The picture can't be read.")
}

/// An icon on its way out: only ever a picture, whatever a browser thinks.
pub(super) struct ShownIcon(pub(super) Icon);

impl IntoResponse for ShownIcon {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "image/png"),
            (CONTENT_DISPOSITION, "attachment; filename=\"icon.png\""),
            (CONTENT_SECURITY_POLICY, "sandbox"),
        ];
        (headers, self.0.bytes).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn encoded(side: u32, format: ImageFormat) -> Bytes {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(side, side).write_to(&mut bytes, format).unwrap();
        bytes.into_inner().into()
    }

    fn status(bytes: &Bytes) -> Option<StatusCode> {
        reencode(bytes).err().map(|fault| fault.into_response().status())
    }

    #[test]
    fn each_allowed_kind_becomes_a_png() {
        for format in FORMATS {
            let png = reencode(&encoded(8, format)).unwrap();
            assert_eq!(image::guess_format(&png).unwrap(), ImageFormat::Png, "{format:?}");
        }
    }

    #[test]
    fn a_picture_that_is_cut_anywhere_is_refused_without_a_panic() {
        for format in FORMATS {
            let whole = encoded(8, format);
            for length in 0..whole.len() {
                let _ = reencode(&whole.slice(..length));
            }
        }
        let png = encoded(8, ImageFormat::Png);
        for length in 0..=32 {
            assert!(reencode(&png.slice(..length)).is_err(), "{length}");
        }
    }

    #[test]
    fn a_side_may_have_1024_pixels_and_no_more() {
        assert_eq!(status(&encoded(1024, ImageFormat::Png)), None);
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            assert_eq!(status(&encoded(1025, format)), Some(StatusCode::PAYLOAD_TOO_LARGE));
        }
    }
}
