//! AAC: the few numbers of ISO/IEC 14496-3 that cutting and filling sound needs.

/// Samples in a frame of AAC-LC (ISO/IEC 14496-3, 4.5.2.1.1).
pub(in crate::media) const FRAME_SAMPLES: u32 = 1_024;

/// Samples per second by their index in a configuration (ISO/IEC 14496-3, table 1.18).
pub(in crate::media) const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// MPEG-4 audio as an object type indication (ISO/IEC 14496-1, table 5).
pub(in crate::media) const MPEG4_AUDIO: u8 = 0x40;
