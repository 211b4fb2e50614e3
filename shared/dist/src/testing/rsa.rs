//! Two RSA keys, made once: finding primes takes longer than all else that a test does.

/// The secret numbers of an RSA key, in hexadecimal.
pub(super) struct Rsa {
    pub(super) d: &'static str,
    pub(super) p: &'static str,
    pub(super) q: &'static str,
}

/// Two keys of 2048 bits. Everybody may know them, so nothing but tests must believe them.
pub(super) const KEYS: [Rsa; 2] = [
    Rsa {
        d: "\
            39c5a9efb7c2562facf53feb96d38e4568221d9cd901d452c3f7f81e5616287f11a404bd64602af34fc738978ceebac36ce433374a77\
            96ae34c51e1490e4e3e9b564077cf0800e111f5361e73245ffae12b927333ca9792d9fedfb14683f960cfa54690ea56ae0ee33cbed0d\
            9934b47580d7b08a029b37c2886387b0ab576887c782334d5c7c1f65e58f4164d159afec5276ad616a89c037fed495dbeb3faf69970d\
            ccbf37301e88ffd3ec30209dd9a3fbf69c44a83bc35916ac0bb62f1e1b5e3ccdcf563f98226fa9a9b7e476bad783d802415269ce5a71\
            be517a6e509dc612b62f4c711ac75944e63c2e43356a0c42acecd3d6c9e3e4e06df1b5487990d2f7",
        p: "\
            ef602e6d9beb11d6bcc5c5c6117e32cef1f6c3eb9a8151fe0257bf3f53d783897c3d2e1a6f3d06691c8e746ffb7c3d70a8f68af4a739\
            0f432115a608649d51e1f9d8bf35688fdcaf86f4be79ce0500fba626c88b62fcd11214fe6b7f4d4d409a1853b7753287a723398d6ed9\
            0936bb2a86182b54c810ea7f30302c4669b659db",
        q: "\
            d7de680fd1b044c51cd61285aeacc228e6d7aca712aa49e377ce6313e6e2c55caec40bf042dab385892ebee1d9af5960ccb72bb7d394\
            252b0235f21ce2a4648e87a50e105a4ad2868f25d572ebb605fabeeb59922d1c8f76b8168891c2caee56387a56dcf6dcd9790574b8ff\
            fb35d7ba9ff7e4c1629b4690e421e835c5a2c9eb",
    },
    Rsa {
        d: "\
            cb13fd031bde29b9819cbf2c07af3a4341eead4e3d1bd25e8a351f1d343ce82eb8ec0afb73ea0f2b67eaa4dc0c8ed880ee322552b84b\
            247b7a257735714bb73092b302d2a931d8376f562c0329a9f0f92afac8da48960a493b7b0b663c7b0541fe80bdf8c4c6d005dc5dbb63\
            7f9bf31a4411d27d3c6ef456e7ba867797f7ad528945026145e1af412d736ab4dd4676e6393731a6f4383a1fd5f9b23526e7f616d6a3\
            bc9e3a8c511ce06dd9aca374cc71e6a5bbd63f56d7d66602e6515643b1da2c504cdd70135cf78b330e617f9d7b1b256a151dc450670d\
            8560b7bbca43622a958d000f9d5749590946cb76724ad9aac173a4e88507167bce0581062a0b55",
        p: "\
            d2dc396b73470c6932b6732d929574a3781af5a4f80096374c4d67dc3aff8ebe251a09fa74632a22b40e4ccd71a524dc5eaf000df49c\
            b56f2e38d6c6109408da18d139c506792e0cb0783053bf238e49543944615d9bf47e95f013437b2a6b064789d106430c92ab76296d78\
            5930931a4713f4f19282d2584f244e0146fe8875",
        q: "\
            e8f39d31a025b9117bd65e0949424b1e6de6cb699026c4b919cf9153c99efd8ccb7084ba467b70b3343f2884e7f757b56400b6616d38\
            2f745a23715bacd4c23f694261ad4ff8099a6cafa80a10edfce62f4642542a8f4827b7fa32bf4c40795cf65dc2ca72e6e210e8629ba1\
            2e31f32da6077ae51faafe4be57dd55a32a35bdd",
    },
];
